"""An Ethernet PDU session, and what a switched cell of machines talks in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.subscriber import Session
    from sentinel.drill.timeline import Play
    from sentinel.drill.wire import Exchange
    from sentinel.drill.wire.lan import Host


class PlantEthernet(Scene):
    """A robot cell behind a terminal comes up."""

    name = "plant-ethernet"
    title = "A robot cell on an Ethernet session"
    title_zh = "以太网会话中的机器人单元"
    description = (
        "Terminal 11 bridges a robot cell through an Ethernet PDU session: DHCP, ARP, neighbour discovery, PROFINET DCP "
        "and GOOSE; nothing is wrong."
    )
    description_zh = "终端 11 通过以太网 PDU 会话桥接机器人单元：DHCP、ARP、邻居发现、PROFINET DCP 与 GOOSE，无异常。"

    def act(self, network: Network) -> Play[None]:
        """Addresses first, then the machines."""
        from sentinel.drill.wire import goose, lan, profinet_dcp

        ue = yield from network.register(TERMINALS[11], network.gnb1)
        session = yield from network.establish(ue, "ot", kind="ethernet")
        cell = lan.Host("02:00:00:00:0b:01", "192.168.11.20", "fe80::ff:fe00:b01")
        gateway = lan.Host("02:00:00:00:0b:fe", "192.168.11.1", "fe80::ff:fe00:bfe")
        yield from _play(network, session, *lan.dhcp(cell, gateway, 0x5E47, cell.ip, "robot-cell"))
        yield from _play(network, session, (lan.gratuitous_arp(cell), b""), lan.arp(cell, gateway))
        yield from _play(network, session, lan.router(cell, gateway), lan.neighbour(cell, gateway))
        yield from _play(network, session, *lan.dhcpv6(cell, gateway, 0x1A2B, "2001:db8:45::20"))
        found = profinet_dcp.identify(1, "robot-1", "192.168.11.30")
        yield from _play(network, session, _framed(cell, profinet_dcp.MULTICAST, gateway, found))
        for change in (
            profinet_dcp.set_name(2, "robot-2"),
            profinet_dcp.set_ip(3, "192.168.11.31"),
            profinet_dcp.reset_to_factory(4),
        ):
            yield from _play(network, session, _framed(cell, gateway.mac, gateway, change))
        block = goose.Publisher()
        now = network.timeline.now
        for message in (block.change(now, False), block.repeat(False), block.change(now, True), block.repeat(True)):
            frame = lan.frame(cell, goose.MULTICAST, goose.ETHERTYPE, message)
            yield from _play(network, session, (frame, b""))
        yield 0.5


def _framed(asks: Host, whom: str, answers: Host, exchange: Exchange) -> Exchange:
    """DCP on Ethernet."""
    from sentinel.drill.wire import lan, profinet_dcp

    request, reply = exchange
    return (
        lan.frame(asks, whom, profinet_dcp.ETHERTYPE, request),
        lan.frame(answers, asks.mac, profinet_dcp.ETHERTYPE, reply),
    )


def _play(network: Network, session: Session, *exchanges: Exchange) -> Play[None]:
    """Frames of the terminal's side and answers from the data network."""
    for up, down in exchanges:
        if up:
            network.up(session, up)
        yield 0.002
        if down:
            network.down(session, down)
        yield 0.05
