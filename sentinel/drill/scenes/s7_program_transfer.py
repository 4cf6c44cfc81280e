"""Blocks of a PLC are transferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class S7ProgramTransfer(Scene):
    """A tablet takes a block out of the PLC and puts another one in."""

    name = "s7-program-transfer"
    title = "A program is taken and replaced"
    title_zh = "程序被读取并替换"
    description = "Terminal 4 uploads DB1 of the PLC and downloads a changed one."
    description_zh = "终端4上传PLC的DB1并下载修改后的版本。"
    fires = (
        "s7-program-transfer",
        "s7-stop-start",
    )

    def act(self, network: Network) -> Play[None]:
        """Up, then down."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import s7

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        plc = s7.Client()
        yield from talk(
            network,
            session,
            PLC,
            s7.PORT,
            *plc.connect(),
            *plc.upload("DB1", bytes(range(32))),
            *plc.download("DB1", bytes(range(1, 33))),
        )
        yield 0.5


class S7ProgramTransferBenign(Scene):
    """The engineering station has a permit."""

    name = "s7-program-transfer-benign"
    title = "A program is loaded with a work order"
    title_zh = "按工单装载程序"
    description = "Terminal 10 uploads and downloads DB1 with a permit."
    description_zh = "终端10持许可上传并下载DB1。"

    def act(self, network: Network) -> Play[None]:
        """Up, then down."""
        from sentinel.drill.traffic import talk
        from sentinel.drill.wire import s7

        session = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        plc = s7.Client()
        yield from talk(
            network,
            session,
            PLC,
            s7.PORT,
            *plc.connect(),
            *plc.upload("DB1", bytes(range(32))),
            *plc.download("DB1", bytes(range(32))),
        )
        yield 0.5
