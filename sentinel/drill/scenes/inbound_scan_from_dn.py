"""Terminals, tried from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import DNS, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class InboundScanFromDn(Scene):
    """A host of the data network tries one terminal after the other."""

    name = "inbound-scan-from-dn"
    title = "Terminals are scanned from the data network"
    title_zh = "数据网络侧扫描终端"
    description = (
        "A host of the data network tries port 80 of twelve terminals within six seconds; all refuse. The "
        "demo site tells from ten on."
    )
    description_zh = "数据网络的一台主机六秒内尝试十二个终端的 80 端口，均被拒绝。演示站点的阈值为十个。"
    fires = ("inbound-scan-from-dn",)

    def act(self, network: Network) -> Play[None]:
        """Twelve knocks."""
        from sentinel.drill.talk import Reached, Tcp

        sessions = []
        for index in range(1, 13):
            session = yield from network.attach(TERMINALS[index], network.gnb1, "ot" if index < 3 else "internet")
            sessions += [session]
        for session in sessions[:12]:
            yield from Tcp(Reached(network, session, DNS), 80).refused()
            yield 0.5


class InboundScanFromDnBenign(Scene):
    """A server calls a few of its terminals."""

    name = "inbound-scan-from-dn-benign"
    title = "A server calls three terminals"
    title_zh = "服务器访问三个终端"
    description = "A host of the data network calls three of twelve terminals."
    description_zh = "数据网络的一台主机访问十二个终端中的三个。"

    def act(self, network: Network) -> Play[None]:
        """Three knocks."""
        from sentinel.drill.talk import Reached, Tcp

        sessions = []
        for index in range(1, 13):
            session = yield from network.attach(TERMINALS[index], network.gnb1, "ot" if index < 3 else "internet")
            sessions += [session]
        for session in sessions[:3]:
            yield from Tcp(Reached(network, session, DNS), 80).refused()
            yield 0.5
