"""Much more than ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GtpuRateSurge(Scene):
    """A sensor that reports a little each minute begins to send without end."""

    name = "gtpu-rate-surge"
    title = "A sensor sends fifty times as much as usual"
    title_zh = "传感器流量达到平时的五十倍"
    description = "Terminal 6 reports to the MES each minute for fifty minutes, then sends fifty times as much for ten."
    description_zh = "终端6五十分钟内每分钟向MES上报一次，随后十分钟流量为平时的五十倍。"
    fires = ("gtpu-rate-surge",)

    def act(self, network: Network) -> Play[None]:
        """Small reports, then large ones."""
        yield from _report(network, later=12_000)


class GtpuRateSurgeBenign(Scene):
    """It goes on as before, with a somewhat longer report now and then."""

    name = "gtpu-rate-surge-benign"
    title = "A sensor reports as usual"
    title_zh = "传感器正常上报"
    description = "Terminal 6 reports to the MES each minute for an hour; the last reports are twice as long."
    description_zh = "终端6一小时内每分钟向MES上报一次，最后几次长度加倍。"

    def act(self, network: Network) -> Play[None]:
        """Small reports."""
        yield from _report(network, later=500)


def _report(network: Network, later: int) -> Play[None]:
    from sentinel.drill.traffic import talk

    session = yield from network.attach(TERMINALS[6], network.gnb1)
    network.keep_alive(3720.0, slower=4)
    for minute in range(60):
        report = bytes(later if minute >= 50 else 100 + minute % 7)
        yield from talk(network, session, HTTP, 443, (report, b"ok"))
        yield 59.8
    yield 60.0
