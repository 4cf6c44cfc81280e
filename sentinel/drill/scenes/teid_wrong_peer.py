"""A tunnel in the hands of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB2, HTTP, PLC, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class TeidWrongPeer(Scene):
    """A base station sends in a tunnel of another."""

    name = "teid-wrong-peer"
    title = "Uplink of a session comes from another base station"
    title_zh = "会话上行来自其他基站"
    description = (
        "Packets in the uplink tunnel of terminal 8, which gNB 1 serves, come from the address of gNB 2; "
        "there was no handover."
    )
    description_zh = "终端 8 由基站 1 服务，其上行隧道中的报文却来自基站 2 地址，且无切换。"
    fires = ("teid-wrong-peer",)

    def act(self, network: Network) -> Play[None]:
        """The forger knows the TEID and the address."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield 5.0
        packet = bytes(network.wire.packet(session.address, PLC, ICMP(type=8, id=7, seq=1)))
        network.tunnelled(GNB2.n3, UPF_N3, gtpu.uplink(session.ul_teid, 1, packet))
        yield 0.5


class TeidWrongPeerBenign(Scene):
    """Everybody uses his own."""

    name = "teid-wrong-peer-benign"
    title = "Tunnels with equal TEIDs at two base stations"
    title_zh = "两个基站使用相同 TEID"
    description = (
        "Terminals 8 and 9 are at two base stations, whose downlink TEIDs are equal; each sends and receives "
        "in its own."
    )
    description_zh = "终端 8、9 位于两个基站，下行 TEID 数值相同，各自收发正常。"

    def act(self, network: Network) -> Play[None]:
        """Pings of both."""
        from sentinel.drill.traffic import ping

        first = yield from network.attach(TERMINALS[8], network.gnb1)
        second = yield from network.attach(TERMINALS[9], network.gnb2)
        yield from ping(network, first, HTTP, times=1)
        yield from ping(network, second, HTTP, times=1)
