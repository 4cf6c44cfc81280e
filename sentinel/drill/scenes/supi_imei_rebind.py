"""A SIM in another device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS, InDevice

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SupiImeiRebind(Scene):
    """The SIM of a camera is put into a laptop's modem."""

    name = "supi-imei-rebind"
    title = "A SIM in another device"
    title_zh = "卡被插入其他设备"
    description = "The SIM of terminal 5 registers in a device whose IMEI is not the one of the register."
    description_zh = "终端5的卡在IMEI与登记不符的设备中注册。"
    fires = ("supi-imei-rebind",)

    def act(self, network: Network) -> Play[None]:
        """Registers, opens a session."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(InDevice(5, "camera", "352099001761481"), network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5


class SupiImeiRebindBenign(Scene):
    """The camera itself."""

    name = "supi-imei-rebind-benign"
    title = "A SIM in its own device"
    title_zh = "卡在自己的设备中"
    description = "Terminal 5 registers as it is registered."
    description_zh = "终端5在登记的设备中注册。"

    def act(self, network: Network) -> Play[None]:
        """Registers, opens a session."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[5], network.gnb1)
        yield from ping(network, session, HTTP, times=2)
        yield 0.5
