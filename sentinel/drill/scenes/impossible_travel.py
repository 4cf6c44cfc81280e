"""A terminal that is too fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB3, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ImpossibleTravel(Scene):
    """A subscriber is in the hall, and a second later in the yard five kilometres away."""

    name = "impossible-travel"
    title = "A terminal jumps five kilometres"
    title_zh = "终端瞬移五公里"
    description = "Terminal 4 leaves gNB 1 and registers at gNB 3, five kilometres away, a second later."
    description_zh = "终端4离开基站1，一秒后在五公里外的基站3注册。"
    fires = (
        "impossible-travel",
        "cell-geofence",
    )

    def act(self, network: Network) -> Play[None]:
        """Hall, yard."""
        yard = network.gnb(GNB3)
        network.gnbs.append(yard)
        yield from yard.start()
        for gnb in (network.gnb1, yard):
            session = yield from network.attach(TERMINALS[4], gnb)
            yield 1.0
            yield from network.deregister(session.ue)
        yield 0.5


class ImpossibleTravelBenign(Scene):
    """The halls are next to one another."""

    name = "impossible-travel-benign"
    title = "A terminal goes next door"
    title_zh = "终端进入相邻厂房"
    description = "Terminal 4 leaves gNB 1 and registers at gNB 2, two hundred metres away."
    description_zh = "终端4离开基站1，在两百米外的基站2注册。"

    def act(self, network: Network) -> Play[None]:
        """Hall, hall."""
        for gnb in network.gnbs:
            session = yield from network.attach(TERMINALS[4], gnb)
            yield 1.0
            yield from network.deregister(session.ue)
        yield 0.5
