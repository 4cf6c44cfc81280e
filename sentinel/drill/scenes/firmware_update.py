"""Firmware by TFTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class FirmwareUpdate(Scene):
    """A tablet sends a file to the PLC."""

    name = "firmware-update"
    title = "A file goes to a PLC by TFTP"
    title_zh = "通过TFTP向PLC传送文件"
    description = "Terminal 4 writes firmware.bin to the PLC by TFTP."
    description_zh = "终端4通过TFTP向PLC写入firmware.bin。"
    fires = ("firmware-update",)

    def act(self, network: Network) -> Play[None]:
        """Eight blocks."""
        from sentinel.drill.traffic import datagrams

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        image = [
            b"\0\2firmware.bin\0octet\0",
            *(b"\0\3" + bytes([0, block]) + network.random.randbytes(512) for block in range(1, 9)),
        ]
        yield from datagrams(network, session, PLC, 69, image)
        yield 0.5


class FirmwareUpdateBenign(Scene):
    """The same file to the plant's file server."""

    name = "firmware-update-benign"
    title = "A file goes to a server by TFTP"
    title_zh = "通过TFTP向服务器传送文件"
    description = "Terminal 4 writes firmware.bin to the server of the MES."
    description_zh = "终端4通过TFTP向MES服务器写入firmware.bin。"

    def act(self, network: Network) -> Play[None]:
        """Eight blocks."""
        from sentinel.drill.traffic import datagrams

        session = yield from network.attach(TERMINALS[4], network.gnb1, "ot")
        image = [
            b"\0\2firmware.bin\0octet\0",
            *(b"\0\3" + bytes([0, block]) + network.random.randbytes(512) for block in range(1, 9)),
        ]
        yield from datagrams(network, session, HTTP, 69, image)
        yield 0.5
