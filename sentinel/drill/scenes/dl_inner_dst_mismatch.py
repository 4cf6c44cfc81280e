"""Downlink for somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class DlInnerDstMismatch(Scene):
    """The UPF sends packets of another down the tunnel of a terminal."""

    name = "dl-inner-dst-mismatch"
    title = "Downlink of another in a tunnel of a terminal"
    title_zh = "终端隧道中出现他人的下行流量"
    description = "Packets for terminal 2 leave the UPF in the downlink tunnel of terminal 8."
    description_zh = "发往终端 2 的报文从 UPF 进入终端 8 的下行隧道。"
    fires = ("dl-inner-dst-mismatch",)

    def act(self, network: Network) -> Play[None]:
        """Answers that nobody asked for."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        for number in range(3):
            packet = network.wire.packet(PLC, TERMINALS[2].address("ot"), ICMP(type=0, id=7, seq=number))
            network.down(session, bytes(packet))
            yield 0.2


class DlInnerDstMismatchBenign(Scene):
    """What is for everybody."""

    name = "dl-inner-dst-mismatch-benign"
    title = "Multicast and broadcast downlink"
    title_zh = "组播与广播下行"
    description = "Terminal 8 gets a multicast and a broadcast of the data network, and answers to its pings."
    description_zh = "终端 8 收到数据网络的组播、广播以及对其请求的应答。"

    def act(self, network: Network) -> Play[None]:
        """Three kinds."""
        from scapy.layers.inet import IP, UDP
        from scapy.packet import Raw

        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        for group in ("239.192.0.7", "255.255.255.255"):
            network.down(session, bytes(IP(src=HTTP, dst=group, ttl=8) / UDP(sport=5000, dport=5000) / Raw(b"state 1")))
            yield 0.2
        yield from ping(network, session, HTTP, times=1)
