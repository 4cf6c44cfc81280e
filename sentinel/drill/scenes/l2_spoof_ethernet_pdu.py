"""One address, two hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class L2SpoofEthernetPdu(Scene):
    """A host in an Ethernet session says that it is the gateway."""

    name = "l2-spoof-ethernet-pdu"
    title = "ARP spoofing in an Ethernet session"
    title_zh = "以太网会话中的 ARP 欺骗"
    description = "Behind terminal 11 a second hardware address claims the address of the gateway."
    description_zh = "终端 11 后方出现第二个硬件地址宣称拥有网关地址。"
    fires = ("l2-spoof-ethernet-pdu",)

    def act(self, network: Network) -> Play[None]:
        """The gateway, then the liar."""
        from sentinel.drill.wire import lan

        ue = yield from network.register(TERMINALS[11], network.gnb1)
        session = yield from network.establish(ue, "ot", kind="ethernet")
        cell = lan.Host("02:00:00:00:0b:01", "192.168.11.20", "fe80::ff:fe00:b01")
        gateway = lan.Host("02:00:00:00:0b:fe", "192.168.11.1", "fe80::ff:fe00:bfe")
        liar = lan.Host("02:00:00:00:0b:66", gateway.ip)
        asked, answered = lan.arp(cell, gateway)
        network.up(session, asked)
        yield 0.002
        network.down(session, answered)
        yield 1.0
        network.up(session, lan.gratuitous_arp(liar))
        yield 0.5


class L2SpoofEthernetPduBenign(Scene):
    """Everybody says who he is."""

    name = "l2-spoof-ethernet-pdu-benign"
    title = "ARP as it should be"
    title_zh = "正常的 ARP"
    description = (
        "Hosts behind terminal 11 ask for each other and announce themselves, each with its own hardware address."
    )
    description_zh = "终端 11 后方主机相互解析并宣告各自地址，硬件地址一致。"

    def act(self, network: Network) -> Play[None]:
        """Two hosts."""
        from sentinel.drill.wire import lan

        ue = yield from network.register(TERMINALS[11], network.gnb1)
        session = yield from network.establish(ue, "ot", kind="ethernet")
        cell = lan.Host("02:00:00:00:0b:01", "192.168.11.20", "fe80::ff:fe00:b01")
        gateway = lan.Host("02:00:00:00:0b:fe", "192.168.11.1", "fe80::ff:fe00:bfe")
        asked, answered = lan.arp(cell, gateway)
        network.up(session, asked)
        yield 0.002
        network.down(session, answered)
        yield 1.0
        network.up(session, lan.gratuitous_arp(cell))
        yield 0.5
