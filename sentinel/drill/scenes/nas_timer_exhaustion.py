"""Timers that run out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NasTimerExhaustion(Scene):
    """Terminal after terminal does not answer in time."""

    name = "nas-timer-exhaustion"
    title = "Six challenges expire"
    title_zh = "六个鉴权定时器超时"
    description = "Six terminals leave their challenge open within a minute and a half."
    description_zh = "一分半钟内六个终端未应答鉴权。"
    fires = ("nas-timer-exhaustion",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import knock

        for index in range(100, 106):
            yield from knock(network, network.gnb1, index)
            yield 12.0


class NasTimerExhaustionBenign(Scene):
    """One challenge expires."""

    name = "nas-timer-exhaustion-benign"
    title = "One challenge expires"
    title_zh = "单个鉴权定时器超时"
    description = "One terminal leaves its challenge open; two register."
    description_zh = "一个终端未应答鉴权，另两个正常注册。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter, knock

        yield from knock(network, network.gnb1, 100)
        yield 12.0
        for index in (5, 6):
            yield from enter(network, network.gnb1, network.ue(TERMINALS[index], network.gnb1))
