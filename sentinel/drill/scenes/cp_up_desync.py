"""SMF and UPF, out of step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class CpUpDesync(Scene):
    """N4 deletes a session that N2 goes on with."""

    name = "cp-up-desync"
    title = "A session is deleted on N4 alone"
    title_zh = "会话仅在 N4 被删除"
    description = (
        "The session of terminal 10 is deleted on N4; N2 still has it, and ten seconds later the terminal still sends."
    )
    description_zh = "终端 10 的会话在 N4 被删除，N2 仍保留，十秒后终端仍在发送。"
    fires = ("cp-up-desync",)

    def act(self, network: Network) -> Play[None]:
        """The terminal does not know."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping, send

        session = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield 6.0
        yield from network.n4.delete(session)
        yield 10.0
        send(network, session, PLC, ICMP(type=8, id=7, seq=1))
        yield 0.5


class CpUpDesyncBenign(Scene):
    """Both end it."""

    name = "cp-up-desync-benign"
    title = "A session ends on N4 and N2"
    title_zh = "会话在 N4 与 N2 均结束"
    description = "Terminal 10 releases its session on both sides, opens another and works on."
    description_zh = "终端 10 在两侧释放会话后另建会话继续工作。"

    def act(self, network: Network) -> Play[None]:
        """One after the other."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield from network.release(session)
        yield 10.0
        again = yield from network.establish(session.ue)
        yield from ping(network, again, HTTP, times=1)
