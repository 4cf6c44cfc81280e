"""Passwords, tried one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class CredentialBruteforce(Scene):
    """A terminal logs in and fails, again and again."""

    name = "credential-bruteforce"
    title = "Log-ins that fail in a row"
    title_zh = "连续登录失败"
    description = "Terminal 8 opens twelve short SSH connections to the server within twelve seconds."
    description_zh = "终端 8 十二秒内与服务器建立十二个短暂的 SSH 连接。"
    fires = ("credential-bruteforce",)
    broken = True

    def act(self, network: Network) -> Play[None]:
        """Twelve log-ins."""
        from sentinel.drill.talk import Tcp, Tunnelled

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        for _ in range(12):
            flow = Tcp(Tunnelled(network, session, HTTP), 22)
            yield from flow.connect()
            yield from flow.exchange(b"SSH-2.0-libssh2_1.11.0\r\n", b"SSH-2.0-OpenSSH_9.3\r\n")
            yield from flow.exchange(bytes(400), bytes(80))
            yield from flow.reset()
            yield 0.9


class CredentialBruteforceBenign(Scene):
    """Three tries, then a long session."""

    name = "credential-bruteforce-benign"
    title = "A password is mistyped"
    title_zh = "输错口令"
    description = "Terminal 8 fails to log in three times, and then works over SSH for a while."
    description_zh = "终端 8 三次登录失败后通过 SSH 工作一段时间。"
    broken = True

    def act(self, network: Network) -> Play[None]:
        """Four connections."""
        from sentinel.drill.talk import Tcp, Tunnelled

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        for rounds in (1, 1, 1, 40):
            flow = Tcp(Tunnelled(network, session, HTTP), 22)
            yield from flow.connect()
            for _ in range(rounds):
                yield from flow.exchange(bytes(400), bytes(80))
            yield from flow.close()
            yield 2.0
