"""Error Indications that tear tunnels down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, HTTP, ROGUE_N3, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ErrorIndicationFlood(Scene):
    """A host tells a base station that the tunnels of its terminals are gone."""

    name = "error-indication-flood"
    title = "Forged Error Indications"
    title_zh = "伪造的错误指示"
    description = (
        "10.11.3.150 tells gNB 1 six times within a second that the UPF does not know the tunnel of terminal 8."
    )
    description_zh = "10.11.3.150 一秒内六次告知基站 1：UPF 不认识终端 8 的隧道。"
    fires = ("error-indication-flood", "gtpu-peer-unlisted")

    def act(self, network: Network) -> Play[None]:
        """A session at work, then the forger."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        for _ in range(6):
            network.tunnelled(ROGUE_N3, GNB1.n3, gtpu.error_indication(session.ul_teid, UPF_N3))
            yield 0.1
        yield 1.0


class ErrorIndicationFloodBenign(Scene):
    """A late packet is told that its tunnel is gone."""

    name = "error-indication-flood-benign"
    title = "One Error Indication after a release"
    title_zh = "释放后的单个错误指示"
    description = "Terminal 8 releases its session; a packet that comes too late is answered with an Error Indication."
    description_zh = "终端 8 释放会话后，迟到的报文得到一个错误指示。"

    def act(self, network: Network) -> Play[None]:
        """Within the five seconds of grace."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield from network.release(session)
        packet = bytes(network.wire.packet(session.address, HTTP, ICMP(type=8, id=7, seq=9)))
        network.tunnelled(GNB1.n3, UPF_N3, gtpu.uplink(session.ul_teid, 1, packet))
        yield 0.001
        network.tunnelled(UPF_N3, GNB1.n3, gtpu.error_indication(session.ul_teid, UPF_N3))
        yield 1.0
