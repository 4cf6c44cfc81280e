"""A clock that calls home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class Beacon(Scene):
    """A sensor calls a host on the internet every four seconds."""

    name = "beacon"
    title = "A sensor calls out like a clock"
    title_zh = "传感器规律外联"
    description = "Terminal 6 connects to 203.0.113.9 twenty-two times, every four seconds."
    description_zh = "终端6每四秒连接203.0.113.9一次，共二十二次。"
    fires = (
        "beacon",
        "new-external-destination",
    )

    def act(self, network: Network) -> Play[None]:
        """Twenty-two calls."""
        from sentinel.drill.traffic import talk

        session = yield from network.attach(TERMINALS[6], network.gnb1)
        for _ in range(22):
            yield from talk(network, session, "203.0.113.9", 443, (b"beat", b"ok"))
            yield 4.0
        yield 0.5


class BeaconBenign(Scene):
    """A sensor calls the MES every four seconds."""

    name = "beacon-benign"
    title = "A sensor reports like a clock"
    title_zh = "传感器规律上报"
    description = "Terminal 6 connects to the plant's MES twenty-two times."
    description_zh = "终端6每四秒连接厂内MES一次，共二十二次。"

    def act(self, network: Network) -> Play[None]:
        """Twenty-two calls."""
        from sentinel.drill.traffic import talk

        session = yield from network.attach(TERMINALS[6], network.gnb1)
        for _ in range(22):
            yield from talk(network, session, HTTP, 443, (b"beat", b"ok"))
            yield 4.0
        yield 0.5
