"""One small thing after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, HTTP, TERMINALS, UPF_N3

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ForecastRiskRise(Scene):
    """A sensor that does something of medium weight each hour."""

    name = "forecast-risk-rise"
    title = "A medium alert each hour for one terminal"
    title_zh = "同一终端每小时一条中级告警"
    description = "Terminal 8 sends in a QoS flow that it does not have, once an hour for three hours."
    description_zh = "终端8三小时内每小时一次使用未授权的QoS流。"
    fires = ("forecast-risk-rise", "qfi-mismatch")

    def act(self, network: Network) -> Play[None]:
        """Three times."""
        yield from _hourly(network, 5)


class ForecastRiskRiseBenign(Scene):
    """It sends in its own."""

    name = "forecast-risk-rise-benign"
    title = "A terminal that gives no cause for alerts"
    title_zh = "无告警的终端"
    description = "Terminal 8 sends in the QoS flow that it was granted, once an hour for three hours."
    description_zh = "终端8三小时内每小时一次使用已授权的QoS流。"

    def act(self, network: Network) -> Play[None]:
        """Three times."""
        yield from _hourly(network, 1)


def _hourly(network: Network, qfi: int) -> Play[None]:
    from scapy.layers.inet import UDP
    from scapy.packet import Raw

    from sentinel.drill.traffic import ping
    from sentinel.drill.wire import gtpu

    session = yield from network.attach(TERMINALS[8], network.gnb1)
    network.keep_alive(3 * 3600.0, slower=4)
    for hour in range(3):
        network.play(ping(network, session, HTTP, times=12, interval=300.0))
        yield 10.0
        packet = network.wire.packet(session.address, HTTP, UDP(sport=5004 + hour, dport=5004) / Raw(bytes(64)))
        network.tunnelled(GNB1.n3, UPF_N3, gtpu.uplink(session.ul_teid, qfi, bytes(packet)))
        yield 3590.0
