"""A master that is refused again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ModbusExceptionBurst(Scene):
    """A tablet tries registers one after the other."""

    name = "modbus-exception-burst"
    title = "Registers are tried out"
    title_zh = "逐个试探寄存器"
    description = "Terminal 4 reads fifteen addresses that the PLC does not have."
    description_zh = "终端4依次读取PLC不存在的十五个地址。"
    fires = ("modbus-exception-burst",)

    def act(self, network: Network) -> Play[None]:
        """Fifteen addresses."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(
            network, session, PLC, modbus.PORT, *(plc.refused(plc.read(9000 + 100 * step, [0])) for step in range(15))
        )
        yield 0.5


class ModbusExceptionBurstBenign(Scene):
    """A poller with one wrong address among good ones."""

    name = "modbus-exception-burst-benign"
    title = "One wrong address"
    title_zh = "个别地址错误"
    description = "Terminal 10 reads twelve registers, and is refused for two of them."
    description_zh = "终端10读取十二个寄存器，其中两个被拒绝。"

    def act(self, network: Network) -> Play[None]:
        """Mostly good."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(
            network,
            session,
            PLC,
            modbus.PORT,
            *(plc.read(step, [1]) for step in range(10)),
            *(plc.refused(plc.read(9000, [0])) for _ in range(2)),
        )
        yield 0.5
