"""GTP-U headers that no receiver should have to bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, HTTP, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GtpuMalformedExt(Scene):
    """Extension headers that do not end, to hang a UPF that walks them."""

    name = "gtpu-malformed-ext"
    title = "Malformed GTP-U extension headers"
    title_zh = "畸形的 GTP-U 扩展头"
    description = (
        "A host at the address of gNB 1 sends the UPF extension headers of length zero, one that runs past "
        "the packet, and one that must be understood and is not known."
    )
    description_zh = "来自基站 1 地址的报文携带长度为零、越界以及必须理解却未知的扩展头。"
    fires = ("gtpu-malformed-ext",)
    broken = True

    def act(self, network: Network) -> Play[None]:
        """A session at work, then the three."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        endless = gtpu.extended(session.ul_teid, [(0x85, bytes.fromhex("001001"))], b"")
        beyond = gtpu.extended(session.ul_teid, [(0x85, bytes.fromhex("401001"))], b"")
        unknown = gtpu.extended(session.ul_teid, [(0xDF, bytes.fromhex("010000"))], b"")
        for message in (endless, beyond, unknown):
            network.tunnelled(GNB1.n3, UPF_N3, message)
            yield 0.2


class GtpuMalformedExtBenign(Scene):
    """A vendor adds extension headers of its own, as the standard allows."""

    name = "gtpu-malformed-ext-benign"
    title = "Extension headers that may be skipped"
    title_zh = "可跳过的扩展头"
    description = (
        "Uplink packets of terminal 8 carry two extension headers of a vendor that nobody must understand, "
        "before the PDU Session Container."
    )
    description_zh = "终端 8 的上行报文在 PDU 会话容器之前携带两个无须理解的厂商扩展头。"

    def act(self, network: Network) -> Play[None]:
        """A ping in such packets."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        packet = bytes(network.wire.packet(session.address, HTTP, ICMP(type=8, id=7, seq=1)))
        chain = [
            (0x20, bytes.fromhex("01aabb")),
            (0x21, bytes.fromhex("02aabbccddeeff")),
            (0x85, bytes.fromhex("011001")),
        ]
        network.tunnelled(GNB1.n3, UPF_N3, gtpu.extended(session.ul_teid, chain, packet))
        yield 0.5
