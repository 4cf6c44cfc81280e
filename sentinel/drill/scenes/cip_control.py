"""Control of a PLC over EtherNet/IP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class CipControl(Scene):
    """A tablet stops and resets a controller and changes an attribute."""

    name = "cip-control"
    title = "A tablet stops a controller"
    title_zh = "平板终端停止控制器"
    description = "Terminal 4 sets an attribute of the PLC, stops it and resets it."
    description_zh = "终端4设置PLC属性，停止并复位PLC。"
    fires = ("cip-control",)

    def act(self, network: Network) -> Play[None]:
        """Set, stop, reset."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import enip

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = enip.Client()
        yield from talk(
            network,
            session,
            PLC,
            enip.PORT,
            plc.register(),
            plc.set_attribute(0x0F, 1, 1, b"\x2a\x00"),
            plc.stop(),
            plc.reset(),
            plc.unregister(),
        )
        yield 0.5


class CipControlBenign(Scene):
    """The engineering station has a permit."""

    name = "cip-control-benign"
    title = "The engineering station stops a controller"
    title_zh = "工程师站停止控制器"
    description = "Terminal 10 does the same with its permit."
    description_zh = "终端10持许可执行相同操作。"

    def act(self, network: Network) -> Play[None]:
        """Set, stop, reset."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import enip

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = enip.Client()
        yield from talk(
            network,
            session,
            PLC,
            enip.PORT,
            plc.register(),
            plc.set_attribute(0x0F, 1, 1, b"\x2a\x00"),
            plc.stop(),
            plc.reset(),
            plc.unregister(),
        )
        yield 0.5
