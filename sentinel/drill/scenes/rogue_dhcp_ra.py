"""Who gives addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class RogueDhcpRa(Scene):
    """A host behind a terminal gives addresses to the network."""

    name = "rogue-dhcp-ra"
    title = "DHCP server and router behind a terminal"
    title_zh = "终端后方的 DHCP 服务器与路由器"
    description = "Offers of DHCP and a router advertisement come up the tunnel of terminal 11."
    description_zh = "DHCP 提供报文与路由通告从终端 11 的隧道上行而来。"
    fires = ("rogue-dhcp-ra",)

    def act(self, network: Network) -> Play[None]:
        """Answers come from below."""
        from sentinel.drill.wire import lan

        ue = yield from network.register(TERMINALS[11], network.gnb1)
        session = yield from network.establish(ue, "ot", kind="ethernet")
        cell = lan.Host("02:00:00:00:0b:01", "192.168.11.20", "fe80::ff:fe00:b01")
        gateway = lan.Host("02:00:00:00:0b:fe", "192.168.11.1", "fe80::ff:fe00:bfe")
        for asked, answered in (*lan.dhcp(gateway, cell, 0x5E47, "192.168.11.77"), lan.router(gateway, cell)):
            network.down(session, asked)
            yield 0.002
            network.up(session, answered)
            yield 0.2


class RogueDhcpRaBenign(Scene):
    """The data network gives them."""

    name = "rogue-dhcp-ra-benign"
    title = "DHCP server and router of the data network"
    title_zh = "数据网络的 DHCP 服务器与路由器"
    description = "A host behind terminal 11 asks for an address and a router, and the data network answers."
    description_zh = "终端 11 后方主机请求地址与路由，由数据网络应答。"

    def act(self, network: Network) -> Play[None]:
        """Answers come from above."""
        from sentinel.drill.wire import lan

        ue = yield from network.register(TERMINALS[11], network.gnb1)
        session = yield from network.establish(ue, "ot", kind="ethernet")
        cell = lan.Host("02:00:00:00:0b:01", "192.168.11.20", "fe80::ff:fe00:b01")
        gateway = lan.Host("02:00:00:00:0b:fe", "192.168.11.1", "fe80::ff:fe00:bfe")
        for asked, answered in (*lan.dhcp(cell, gateway, 0x5E47, cell.ip), lan.router(cell, gateway)):
            network.up(session, asked)
            yield 0.002
            network.down(session, answered)
            yield 0.2
