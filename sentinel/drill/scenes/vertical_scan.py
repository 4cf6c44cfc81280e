"""Many ports of one host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class VerticalScan(Scene):
    """A terminal looks for services of the server."""

    name = "vertical-scan"
    title = "Many ports on one host"
    title_zh = "端口扫描"
    description = "Terminal 8 tries forty ports of the server within eight seconds; all refuse."
    description_zh = "终端 8 八秒内尝试服务器的四十个端口，均被拒绝。"
    fires = ("vertical-scan",)

    def act(self, network: Network) -> Play[None]:
        """Forty knocks."""
        from sentinel.drill.talk import Tcp, Tunnelled

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        for port in range(9000, 9040):
            yield from Tcp(Tunnelled(network, session, HTTP), port).refused()
            yield 0.2


class VerticalScanBenign(Scene):
    """A client tries a few ports."""

    name = "vertical-scan-benign"
    title = "A few ports that refuse"
    title_zh = "少量端口被拒绝"
    description = "Terminal 8 tries five ports of the server, one of them often, and then gets its answer."
    description_zh = "终端 8 尝试服务器的五个端口，最终获得应答。"

    def act(self, network: Network) -> Play[None]:
        """Five ports."""
        from sentinel.drill.talk import Tcp, Tunnelled
        from sentinel.drill.traffic import http

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        for port in (8080, 8081, 8082, 8083, 8443) * 5:
            yield from Tcp(Tunnelled(network, session, HTTP), port).refused()
            yield 0.2
        yield from http(network, session, "/orders")
