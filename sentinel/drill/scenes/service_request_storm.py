"""A terminal that cannot rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ServiceRequestStorm(Scene):
    """Traffic wakes a terminal again and again."""

    name = "service-request-storm"
    title = "A terminal comes back thirteen times a minute"
    title_zh = "终端一分钟内十三次业务请求"
    description = "Terminal 5 rests and comes back thirteen times within a minute."
    description_zh = "终端 5 一分钟内十三次空闲并恢复。"
    fires = ("service-request-storm", "guti-not-reallocated")

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import lose, serve

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        for _ in range(13):
            yield from lose(network.gnb1, ue)
            yield 3.0
            yield from serve(network, network.gnb1, ue, kind=1)


class ServiceRequestStormBenign(Scene):
    """A sensor that reports every few seconds."""

    name = "service-request-storm-benign"
    title = "A sensor comes back three times"
    title_zh = "传感器三次业务请求"
    description = "Terminal 6 rests and comes back three times."
    description_zh = "终端 6 三次空闲并恢复。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import lose, serve

        ue = yield from network.register(TERMINALS[6], network.gnb1)
        for _ in range(3):
            yield from lose(network.gnb1, ue)
            yield 10.0
            yield from serve(network, network.gnb1, ue, kind=1)
