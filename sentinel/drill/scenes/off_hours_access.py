"""Access at the wrong time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class OffHoursAccess(Scene):
    """A contractor's tablet that may be used for one minute a day is used at another time."""

    name = "off-hours-access"
    title = "Access outside of the hours"
    title_zh = "非授权时段接入"
    description = "Terminal 14, whose hours are 03:00 to 03:01, registers and opens a session."
    description_zh = "授权时段为03:00至03:01的终端14注册并建立会话。"
    fires = ("off-hours-access",)

    def act(self, network: Network) -> Play[None]:
        """Registers, pings."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[14], network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5


class OffHoursAccessBenign(Scene):
    """A tablet without such hours."""

    name = "off-hours-access-benign"
    title = "Access within the hours"
    title_zh = "授权时段内接入"
    description = "Terminal 9, whose hours are all day, registers and opens a session."
    description_zh = "全天授权的终端9注册并建立会话。"

    def act(self, network: Network) -> Play[None]:
        """Registers, pings."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[9], network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5
