"""More sessions each quarter of an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ForecastSignallingLoad(Scene):
    """Terminal after terminal comes, and none leaves."""

    name = "forecast-signalling-load"
    title = "Sessions grow towards what the UPF bears"
    title_zh = "会话数逼近UPF容量"
    description = (
        "One session more every ten minutes; the UPF bears sixteen by the plan, and after two hours has thirteen."
    )
    description_zh = "每十分钟新增一个会话；计划中UPF容量为十六个，两小时后已有十三个。"
    fires = ("forecast-signalling-load",)

    def act(self, network: Network) -> Play[None]:
        """Thirteen sessions."""
        yield from _come(network, 13)


class ForecastSignallingLoadBenign(Scene):
    """A shift begins, and stays as it is."""

    name = "forecast-signalling-load-benign"
    title = "Sessions that stay as many as they are"
    title_zh = "会话数保持稳定"
    description = "Seven sessions in the first hour, and none more for an hour and a half."
    description_zh = "第一小时内建立七个会话，之后一个半小时不再增加。"

    def act(self, network: Network) -> Play[None]:
        """Seven sessions."""
        yield from _come(network, 7)


def _come(network: Network, sessions: int) -> Play[None]:
    from sentinel.drill.traffic import ping

    network.keep_alive(8700.0, slower=4)
    for index in range(1, 14):
        if index <= sessions:
            terminal = TERMINALS[index]
            session = yield from network.attach(terminal, network.gnb1, "ot" if index < 3 else "internet")
            if index == 1:
                network.play(ping(network, session, HTTP, times=29, interval=300.0))
        yield 600.0
    yield 900.0
