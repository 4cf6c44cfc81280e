"""Control of an outstation by somebody who may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class Dnp3ControlUnauthorised(Scene):
    """A tablet closes a breaker and restarts the outstation."""

    name = "dnp3-control-unauthorised"
    title = "A tablet operates an outstation"
    title_zh = "平板终端操作外站"
    description = "Terminal 4 directly operates output 4 and asks for a cold restart."
    description_zh = "终端4直接操作输出4并要求冷启动。"
    fires = ("dnp3-control-unauthorised",)

    def act(self, network: Network) -> Play[None]:
        """Operate, restart."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import dnp3

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = dnp3.Client()
        yield from talk(network, session, PLC, dnp3.PORT, *plc.operate(4), plc.restart())
        yield 0.5


class Dnp3ControlUnauthorisedBenign(Scene):
    """The telecontrol gateway has a permit."""

    name = "dnp3-control-unauthorised-benign"
    title = "The gateway operates an outstation"
    title_zh = "网关操作外站"
    description = "Terminal 2 does the same with its permit."
    description_zh = "终端2持许可执行相同操作。"

    def act(self, network: Network) -> Play[None]:
        """Operate, restart."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import dnp3

        session = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        plc = dnp3.Client()
        yield from talk(network, session, PLC, dnp3.PORT, *plc.operate(4), plc.restart())
        yield 0.5
