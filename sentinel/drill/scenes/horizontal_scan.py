"""One port of many hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class HorizontalScan(Scene):
    """A terminal looks for web servers."""

    name = "horizontal-scan"
    title = "One port on many hosts"
    title_zh = "横向扫描同一端口"
    description = "Terminal 8 tries port 8080 of thirty hosts of the data network within six seconds; all refuse."
    description_zh = "终端 8 六秒内尝试数据网络三十台主机的 8080 端口，均被拒绝。"
    fires = ("horizontal-scan",)

    def act(self, network: Network) -> Play[None]:
        """Thirty knocks."""
        from sentinel.drill.talk import Tcp, Tunnelled

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        for host in range(100, 130):
            yield from Tcp(Tunnelled(network, session, f"10.11.6.{host}"), 8080).refused()
            yield 0.2


class HorizontalScanBenign(Scene):
    """A server that is down is tried again and again."""

    name = "horizontal-scan-benign"
    title = "One host that refuses"
    title_zh = "同一主机反复拒绝"
    description = "Terminal 8 tries port 8080 of one host thirty times within six seconds; it is down."
    description_zh = "终端 8 六秒内三十次尝试同一台停机主机的 8080 端口。"

    def act(self, network: Network) -> Play[None]:
        """One destination."""
        from sentinel.drill.talk import Tcp, Tunnelled

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        for _ in range(30):
            yield from Tcp(Tunnelled(network, session, HTTP), 8080).refused()
            yield 0.2
