"""Two masters at one station."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class Iec104RogueMaster(Scene):
    """A second terminal interrogates the station that the gateway controls."""

    name = "iec104-rogue-master"
    title = "A second master interrogates"
    title_zh = "第二主站召唤"
    description = "Terminal 2 interrogates the station; seconds later terminal 4 does, too."
    description_zh = "终端2召唤该站，数秒后终端4也召唤。"
    fires = ("iec104-rogue-master",)

    def act(self, network: Network) -> Play[None]:
        """One, then the other."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import iec104

        for index in (2, 4):
            session = yield from network.attach(TERMINALS[index], network.gnb1, "ot")
            station = iec104.Client(address=3)
            asked = station.start_dt(), station.interrogate({100: True}, {700: 49.98})
            yield from talk(network, session, PLC, iec104.PORT, *asked)
        yield 0.5


class Iec104RogueMasterBenign(Scene):
    """The gateway interrogates twice."""

    name = "iec104-rogue-master-benign"
    title = "One master interrogates twice"
    title_zh = "同一主站两次召唤"
    description = "Terminal 2 interrogates the station, and again after a new connection."
    description_zh = "终端2召唤该站，重连后再次召唤。"

    def act(self, network: Network) -> Play[None]:
        """Twice."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import iec104

        session = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        for _ in range(2):
            station = iec104.Client(address=3)
            asked = station.start_dt(), station.interrogate({100: True}, {700: 49.98})
            yield from talk(network, session, PLC, iec104.PORT, *asked)
        yield 0.5
