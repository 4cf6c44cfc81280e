"""Answers that take longer and longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ForecastLinkDegradation(Scene):
    """A link that gets worse by a hundredth of a second each five minutes."""

    name = "forecast-link-degradation"
    title = "Answers of the PLC take longer each minute"
    title_zh = "PLC响应时间持续变长"
    description = (
        "Terminal 2 polls the PLC every fifteen seconds; the answer takes 20 ms at first, and 300 ms after two and a half "
        "hours. By the plan it must come within 500 ms."
    )
    description_zh = "终端2每十五秒轮询PLC一次；响应起初为20毫秒，两个半小时后为300毫秒。计划要求500毫秒以内。"
    fires = ("forecast-link-degradation",)

    def act(self, network: Network) -> Play[None]:
        """Slower and slower."""
        yield from _polls(network, slower=0.0005)


class ForecastLinkDegradationBenign(Scene):
    """A link that stays as it is."""

    name = "forecast-link-degradation-benign"
    title = "Answers of the PLC that take as long as ever"
    title_zh = "PLC响应时间稳定"
    description = "Terminal 2 polls the PLC every fifteen seconds for two and a half hours; the answer takes 20 ms."
    description_zh = "终端2每十五秒轮询PLC一次，两个半小时内响应均为20毫秒。"

    def act(self, network: Network) -> Play[None]:
        """As ever."""
        yield from _polls(network, slower=0.0)


def _polls(network: Network, slower: float) -> Play[None]:
    from scapy.layers.inet import TCP
    from scapy.packet import Raw

    from sentinel.drill.plan import PLC
    from sentinel.drill.traffic import receive, send
    from sentinel.drill.wire import modbus

    gateway = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
    network.keep_alive(9100.0, slower=4)
    master, mine, theirs = modbus.Client(), 1000, 2000
    send(network, gateway, PLC, TCP(sport=40000, dport=modbus.PORT, flags="S", seq=mine - 1))
    yield 0.01
    receive(network, gateway, PLC, TCP(sport=modbus.PORT, dport=40000, flags="SA", seq=theirs - 1, ack=mine))
    for number in range(600):
        request, answer = master.read(0, [200])
        send(
            network, gateway, PLC, TCP(sport=40000, dport=modbus.PORT, flags="PA", seq=mine, ack=theirs) / Raw(request)
        )
        mine += len(request)
        delay = 0.02 + number * slower
        yield delay
        receive(
            network, gateway, PLC, TCP(sport=modbus.PORT, dport=40000, flags="PA", seq=theirs, ack=mine) / Raw(answer)
        )
        theirs += len(answer)
        yield 15.0 - delay
    send(network, gateway, PLC, TCP(sport=40000, dport=modbus.PORT, flags="RA", seq=mine, ack=theirs))
    yield 0.1
