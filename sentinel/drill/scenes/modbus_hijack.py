"""Two answers to one Modbus request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ModbusHijack(Scene):
    """Somebody on the way answers reads with a value of his own, beside the PLC."""

    name = "modbus-hijack"
    title = "Two answers to one request"
    title_zh = "一个请求两个应答"
    description = "Terminal 10 reads a register; the answer comes twice, with different values."
    description_zh = "终端10读取寄存器，收到两个数值不同的应答。"
    fires = ("modbus-hijack",)

    def act(self, network: Network) -> Play[None]:
        """The forged answer follows the true one."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(
            network,
            session,
            PLC,
            modbus.PORT,
            (plc.read(100, [201])),
            (one := plc.read(100, [201])),
            (b"", one[1][:-2] + b"\x03\xe7"),
        )
        yield 0.5


class ModbusHijackBenign(Scene):
    """An answer that is lost is asked for again."""

    name = "modbus-hijack-benign"
    title = "A poller asks again"
    title_zh = "轮询重试"
    description = "Terminal 10 reads a register twice, and its value has changed between."
    description_zh = "终端10两次读取同一寄存器，其间数值变化。"

    def act(self, network: Network) -> Play[None]:
        """Two transactions."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(network, session, PLC, modbus.PORT, plc.read(100, [201]), plc.read(100, [999]))
        yield 0.5
