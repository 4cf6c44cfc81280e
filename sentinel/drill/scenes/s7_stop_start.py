"""A PLC is stopped over S7comm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class S7StopStart(Scene):
    """A tablet stops the CPU and starts it again."""

    name = "s7-stop-start"
    title = "A tablet stops a PLC"
    title_zh = "平板终端使PLC停机"
    description = "Terminal 4 connects as a programming device, stops the CPU of the PLC and starts it again."
    description_zh = "终端4以编程设备身份连接，停止并重新启动PLC的CPU。"
    fires = ("s7-stop-start",)

    def act(self, network: Network) -> Play[None]:
        """Stop, start."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import s7

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = s7.Client()
        yield from talk(network, session, PLC, s7.PORT, *plc.connect(), plc.plc_stop(), plc.plc_start())
        yield 0.5


class S7StopStartBenign(Scene):
    """The engineering station does the same with a permit."""

    name = "s7-stop-start-benign"
    title = "The engineering station restarts a PLC"
    title_zh = "工程师站重启PLC"
    description = "Terminal 10, which has a permit for S7comm, stops and starts the CPU."
    description_zh = "持有许可的终端10停止并启动CPU。"

    def act(self, network: Network) -> Play[None]:
        """Stop, start."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import s7

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = s7.Client()
        yield from talk(network, session, PLC, s7.PORT, *plc.connect(), plc.plc_stop(), plc.plc_start())
        yield 0.5
