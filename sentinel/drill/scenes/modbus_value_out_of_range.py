"""A value that the plant must not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ModbusValueOutOfRange(Scene):
    """An authorised writer sends a set point beyond the engineering limit."""

    name = "modbus-value-out-of-range"
    title = "A set point beyond the limit"
    title_zh = "设定值越限"
    description = "Terminal 10, which may write, sets register 300 to 2000, where the plan allows 1500 at most."
    description_zh = "有写权限的终端10将寄存器300写为2000，而规划上限为1500。"
    fires = ("modbus-value-out-of-range",)

    def act(self, network: Network) -> Play[None]:
        """In small steps first."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(
            network, session, PLC, modbus.PORT, plc.write(300, 1200), plc.write(300, 1300), plc.write(300, 2000)
        )
        yield 0.5


class ModbusValueOutOfRangeBenign(Scene):
    """Set points within limits, in small steps."""

    name = "modbus-value-out-of-range-benign"
    title = "Set points within the limits"
    title_zh = "设定值在限值内"
    description = "Terminal 10 moves register 300 from 1200 to 1500 in steps of 100."
    description_zh = "终端10将寄存器300从1200以100为步长调整到1500。"

    def act(self, network: Network) -> Play[None]:
        """In small steps."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(
            network,
            session,
            PLC,
            modbus.PORT,
            plc.write(300, 1200),
            plc.write(300, 1300),
            plc.write(300, 1400),
            plc.write(300, 1500),
        )
        yield 0.5
