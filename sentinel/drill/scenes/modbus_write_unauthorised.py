"""Somebody writes to a PLC over Modbus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ModbusWriteUnauthorised(Scene):
    """A tablet that may read the PLC writes a set point and a coil."""

    name = "modbus-write-unauthorised"
    title = "A tablet writes to a PLC"
    title_zh = "平板终端写入PLC"
    description = (
        "Terminal 4 reads holding registers of the PLC, then writes a set point and switches a coil; no permit is hers."
    )
    description_zh = "终端4读取PLC保持寄存器后写入设定值并操作线圈，没有相应许可。"
    fires = ("modbus-write-unauthorised",)

    def act(self, network: Network) -> Play[None]:
        """Reads, then writes."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(
            network,
            session,
            PLC,
            modbus.PORT,
            plc.read(100, [201, 202]),
            plc.write(100, 900),
            plc.write_coil(4, on=False),
        )
        yield 0.5


class ModbusWriteUnauthorisedBenign(Scene):
    """The engineering station writes what its permit names."""

    name = "modbus-write-unauthorised-benign"
    title = "The engineering station writes"
    title_zh = "工程师站写入"
    description = "Terminal 10 writes the same registers with a permit of the site plan, and terminal 4 does not write."
    description_zh = "终端10在站点规划许可范围内写入相同寄存器。"

    def act(self, network: Network) -> Play[None]:
        """Reads, then writes."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(
            network,
            session,
            PLC,
            modbus.PORT,
            plc.read(100, [201, 202]),
            plc.write(100, 205),
            plc.write_coil(4, on=False),
        )
        yield 0.5
