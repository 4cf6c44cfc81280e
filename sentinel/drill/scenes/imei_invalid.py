"""A device identity that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS, InDevice

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ImeiInvalid(Scene):
    """A software modem says that its IMEI is of test equipment."""

    name = "imei-invalid"
    title = "A device with a test IMEI"
    title_zh = "测试号段IMEI的设备"
    description = "The SIM of terminal 5 registers in a device with the IMEI 001012345678906."
    description_zh = "终端5的卡在IMEI为001012345678906的设备中注册。"
    fires = (
        "imei-invalid",
        "supi-imei-rebind",
    )

    def act(self, network: Network) -> Play[None]:
        """Registers, pings."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(InDevice(5, "camera", "001012345678906"), network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5


class ImeiInvalidBenign(Scene):
    """A device with a good one."""

    name = "imei-invalid-benign"
    title = "A device with a good IMEI"
    title_zh = "合法IMEI的设备"
    description = "Terminal 5 registers in its own device."
    description_zh = "终端5在自己的设备中注册。"

    def act(self, network: Network) -> Play[None]:
        """Registers, pings."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[5], network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5
