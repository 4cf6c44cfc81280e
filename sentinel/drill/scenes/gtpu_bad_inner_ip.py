"""User packets that break the rules of IP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GtpuBadInnerIp(Scene):
    """A terminal sends packets that have brought user plane functions down."""

    name = "gtpu-bad-inner-ip"
    title = "User packets with impossible headers"
    title_zh = "头部非法的用户报文"
    description = (
        "Terminal 8 sends an IPv4 packet with a header length of 12 octets, one that says it is longer than "
        "it is, and one of version 7."
    )
    description_zh = "终端 8 发送头部长度为 12 字节、总长度超出实际以及版本号为 7 的报文。"
    fires = ("gtpu-bad-inner-ip",)
    broken = True

    def act(self, network: Network) -> Play[None]:
        """An ordinary packet, then the three."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        packet = bytes(network.wire.packet(session.address, HTTP, ICMP(type=8, id=7, seq=1)))
        short = b"\x43" + packet[1:]
        longer = packet[:2] + b"\x05\xdc" + packet[4:]
        other = b"\x75" + packet[1:]
        for broken in (short, longer, other):
            network.up(session, broken)
            yield 0.2


class GtpuBadInnerIpBenign(Scene):
    """Rare, and right."""

    name = "gtpu-bad-inner-ip-benign"
    title = "User packets with rare headers"
    title_zh = "头部少见但合法的用户报文"
    description = (
        "Terminal 8 sends IPv4 options, a fragment without a transport header and an IPv6 router solicitation."
    )
    description_zh = "终端 8 发送带 IPv4 选项的报文、不含传输层头的分片以及 IPv6 路由请求。"

    def act(self, network: Network) -> Play[None]:
        """Three packets."""
        from scapy.layers.inet import ICMP, IP, IPOption_Router_Alert
        from scapy.layers.inet6 import ICMPv6ND_RS, IPv6
        from scapy.packet import Raw

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        alert = IP(src=session.address, dst=HTTP, options=[IPOption_Router_Alert()]) / ICMP(type=8, id=7, seq=1)
        rest = IP(src=session.address, dst=HTTP, id=9, frag=185, proto=17) / Raw(b"rest of a datagram")
        solicitation = IPv6(src="fe80::8", dst="ff02::2", hlim=255) / ICMPv6ND_RS()
        for packet in (alert, rest, solicitation):
            network.up(session, bytes(packet))
            yield 0.2
