"""A QoS flow that was not granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, HTTP, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class QfiMismatch(Scene):
    """A terminal marks its packets as of a QoS flow that it does not have."""

    name = "qfi-mismatch"
    title = "Packets in a QoS flow that was never granted"
    title_zh = "使用未授权的 QoS 流"
    description = "Terminal 8 was granted QoS flow 1; three seconds later it sends in QoS flow 5."
    description_zh = "终端 8 仅获授权 QoS 流 1，三秒后却以 QoS 流 5 发送。"
    fires = ("qfi-mismatch",)

    def act(self, network: Network) -> Play[None]:
        """One flow of each."""
        from scapy.layers.inet import UDP
        from scapy.packet import Raw

        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import gtpu

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        yield 3.0
        packet = network.wire.packet(session.address, HTTP, UDP(sport=5004, dport=5004) / Raw(bytes(64)))
        network.tunnelled(GNB1.n3, UPF_N3, gtpu.uplink(session.ul_teid, 5, bytes(packet)))
        yield 0.5


class QfiMismatchBenign(Scene):
    """In its own."""

    name = "qfi-mismatch-benign"
    title = "Packets in the QoS flow that was granted"
    title_zh = "使用已授权的 QoS 流"
    description = "Terminals 8 and 9 send in QoS flow 1, which both were granted."
    description_zh = "终端 8、9 均在已授权的 QoS 流 1 中发送。"

    def act(self, network: Network) -> Play[None]:
        """Pings of both."""
        from sentinel.drill.traffic import ping

        first = yield from network.attach(TERMINALS[8], network.gnb1)
        second = yield from network.attach(TERMINALS[9], network.gnb2)
        yield 3.0
        yield from ping(network, first, HTTP, times=1)
        yield from ping(network, second, HTTP, times=1)
