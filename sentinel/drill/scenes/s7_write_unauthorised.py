"""Somebody writes to a PLC over S7comm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class S7WriteUnauthorised(Scene):
    """A tablet writes a word of a data block."""

    name = "s7-write-unauthorised"
    title = "A tablet writes a data block"
    title_zh = "平板终端写数据块"
    description = "Terminal 4 reads and writes DB1.DBW10 of the PLC without a permit."
    description_zh = "终端4在没有许可的情况下读写PLC的DB1.DBW10。"
    fires = ("s7-write-unauthorised",)

    def act(self, network: Network) -> Play[None]:
        """Reads, then writes."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import s7

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = s7.Client()
        yield from talk(
            network, session, PLC, s7.PORT, *plc.connect(), plc.read("DB1.DBW10", 720), plc.write("DB1.DBW10", 9000)
        )
        yield 0.5


class S7WriteUnauthorisedBenign(Scene):
    """The engineering station has a permit, the tablet reads."""

    name = "s7-write-unauthorised-benign"
    title = "The engineering station writes a data block"
    title_zh = "工程师站写数据块"
    description = "Terminal 10 reads and writes DB1.DBW10 with a permit."
    description_zh = "终端10持许可读写DB1.DBW10。"

    def act(self, network: Network) -> Play[None]:
        """Reads, then writes."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import s7

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = s7.Client()
        yield from talk(
            network, session, PLC, s7.PORT, *plc.connect(), plc.read("DB1.DBW10", 720), plc.write("DB1.DBW10", 730)
        )
        yield 0.5
