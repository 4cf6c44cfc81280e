"""End Markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, HTTP, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class EndMarkerAbuse(Scene):
    """A host tells a base station that no more will come."""

    name = "end-marker-abuse"
    title = "End Marker without a handover"
    title_zh = "无切换的 End Marker"
    description = (
        "Terminal 8 stays where it is; half a minute after its session began an End Marker comes for its "
        "downlink tunnel."
    )
    description_zh = "终端 8 未移动；会话建立半分钟后其下行隧道收到 End Marker。"
    fires = ("end-marker-abuse",)

    def act(self, network: Network) -> Play[None]:
        """The address of the UPF is forged."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield 30.0
        network.tunnelled(UPF_N3, GNB1.n3, gtpu.end_marker(session.dl_teid))
        yield 1.0


class EndMarkerAbuseBenign(Scene):
    """The tunnel of a terminal has just been told."""

    name = "end-marker-abuse-benign"
    title = "End Marker as a tunnel begins"
    title_zh = "隧道刚建立时的 End Marker"
    description = (
        "The downlink tunnel of terminal 8 was told a second before; an End Marker closes what went before it."
    )
    description_zh = "终端 8 的下行隧道一秒前刚建立，End Marker 结束其之前的流量。"

    def act(self, network: Network) -> Play[None]:
        """Within five seconds."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        network.tunnelled(UPF_N3, GNB1.n3, gtpu.end_marker(session.dl_teid))
        yield 1.0
