"""Somebody knocks at the AMF's door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB3, ROGUE_N2, ROGUE_N3, Station

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SctpN2Scan(Scene):
    """A host that is no gNB probes the AMF: INITs that lead to nothing, on several ports."""

    name = "sctp-n2-scan"
    title = "SCTP probes of the AMF"
    title_zh = "对 AMF 的 SCTP 探测"
    description = "10.11.2.150 sends six INITs to the NGAP port and to others, and follows none up."
    description_zh = "10.11.2.150 向 NGAP 端口及其他端口发送六个 INIT，均无后续。"
    fires = ("sctp-n2-scan",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        for port in (38412, 38412, 38412, 38412, 38412, 36412, 38422, 2905):
            yield from network.gnb(Station(99, "probe", (ROGUE_N2,), ROGUE_N3)).association.probe(port)
            yield 0.8
        yield 8.0


class SctpN2ScanBenign(Scene):
    """A base station of the plan loses its first INIT and tries again."""

    name = "sctp-n2-scan-benign"
    title = "A registered gNB sends INIT twice"
    title_zh = "已登记基站重发 INIT"
    description = "gNB 3's first INIT stays without an answer; the second opens the association."
    description_zh = "基站 3 的首个 INIT 无应答，第二次建立关联。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        gnb = network.gnb(GNB3)
        yield from gnb.association.probe(38412)
        yield 3.0
        yield from gnb.start()
        yield 6.0
        yield from gnb.association.shutdown()
