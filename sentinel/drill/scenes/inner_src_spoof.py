"""Addresses that are not the terminal's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class InnerSrcSpoof(Scene):
    """A terminal sends with the address of another."""

    name = "inner-src-spoof"
    title = "Uplink with a forged source"
    title_zh = "上行源地址伪造"
    description = "Terminal 8 sends packets to the PLC with the address of terminal 2."
    description_zh = "终端 8 以终端 2 的地址向 PLC 发送报文。"
    fires = ("inner-src-spoof",)

    def act(self, network: Network) -> Play[None]:
        """One ping of its own, three of another."""
        from scapy.layers.inet import ICMP

        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        for number in range(3):
            packet = network.wire.packet(TERMINALS[2].address("ot"), PLC, ICMP(type=8, id=7, seq=number))
            network.up(session, bytes(packet))
            yield 0.2


class InnerSrcSpoofBenign(Scene):
    """What a terminal sends before and beside its address."""

    name = "inner-src-spoof-benign"
    title = "Sources that any terminal uses"
    title_zh = "任何终端都会使用的源地址"
    description = (
        "Terminal 8 sends a DHCP discover from 0.0.0.0, an IPv6 router solicitation from a link-local "
        "address, and pings."
    )
    description_zh = "终端 8 从 0.0.0.0 发送 DHCP 发现、从链路本地地址发送路由请求，并访问服务器。"

    def act(self, network: Network) -> Play[None]:
        """Three kinds."""
        from scapy.layers.dhcp import BOOTP, DHCP
        from scapy.layers.inet import IP, UDP
        from scapy.layers.inet6 import ICMPv6ND_RS, IPv6

        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        head = IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)  # noqa: S104 none yet
        discover = head / BOOTP(op=1, chaddr=bytes(6)) / DHCP(options=[("message-type", "discover"), "end"])
        for packet in (discover, IPv6(src="fe80::8", dst="ff02::2", hlim=255) / ICMPv6ND_RS()):
            network.up(session, bytes(packet))
            yield 0.2
        yield from ping(network, session, HTTP, times=1)
