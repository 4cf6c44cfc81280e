"""Telecontrol by somebody who may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class Iec104CommandUnauthorised(Scene):
    """A tablet opens a switch and resets the station."""

    name = "iec104-command-unauthorised"
    title = "A tablet commands a substation"
    title_zh = "平板终端遥控变电站"
    description = "Terminal 4 starts data transfer, sends a single command and a reset of the process."
    description_zh = "终端4启动数据传输，发送单点遥控与进程复位。"
    fires = ("iec104-command-unauthorised",)

    def act(self, network: Network) -> Play[None]:
        """Command, reset."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import iec104

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = iec104.Client(address=3)
        yield from talk(
            network, session, PLC, iec104.PORT, plc.start_dt(), plc.single_command(200, on=True), plc.reset_process()
        )
        yield 0.5


class Iec104CommandUnauthorisedBenign(Scene):
    """The telecontrol gateway has a permit."""

    name = "iec104-command-unauthorised-benign"
    title = "The telecontrol gateway commands"
    title_zh = "远动网关遥控"
    description = "Terminal 2, the gateway, sends the same with its permit."
    description_zh = "远动网关终端2持许可发送相同命令。"

    def act(self, network: Network) -> Play[None]:
        """Command, reset."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import iec104

        session = yield from network.attach(TERMINALS[2], network.gnb1, "ot")
        plc = iec104.Client(address=3)
        yield from talk(
            network, session, PLC, iec104.PORT, plc.start_dt(), plc.single_command(200, on=True), plc.reset_process()
        )
        yield 0.5
