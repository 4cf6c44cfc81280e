"""Modbus diagnostics that silence a PLC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ModbusDiagnosticDos(Scene):
    """A tablet tells the PLC to listen only."""

    name = "modbus-diagnostic-dos"
    title = "A PLC is told to listen only"
    title_zh = "PLC被强制只听"
    description = "Terminal 4 sends the diagnostic sub-function 4, after which the PLC answers nobody."
    description_zh = "终端4发送诊断子功能4，此后PLC不再应答。"
    fires = ("modbus-diagnostic-dos",)

    def act(self, network: Network) -> Play[None]:
        """One loopback test, then the blow."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(
            network, session, PLC, modbus.PORT, plc.diagnostics(0, 0x1234), plc.diagnostics(modbus.LISTEN_ONLY)
        )
        yield 0.5


class ModbusDiagnosticDosBenign(Scene):
    """A loopback test."""

    name = "modbus-diagnostic-dos-benign"
    title = "A loopback test"
    title_zh = "回环测试"
    description = "Terminal 4 sends return query data, which disturbs nothing."
    description_zh = "终端4发送回环诊断，不影响运行。"

    def act(self, network: Network) -> Play[None]:
        """Twice."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import modbus

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = modbus.Client()
        yield from talk(network, session, PLC, modbus.PORT, plc.diagnostics(0, 0x1234), plc.diagnostics(0, 0x4321))
        yield 0.5
