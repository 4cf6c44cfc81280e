"""Several SIMs in one device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS, InDevice

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ImeiManySupi(Scene):
    """A programmable modem tries SIMs one after the other."""

    name = "imei-many-supi"
    title = "One device, three SIMs"
    title_zh = "一机三卡"
    description = "The SIMs of terminals 5, 6 and 7 register from the device of terminal 6."
    description_zh = "终端5、6、7的卡先后在终端6的设备中注册。"
    fires = (
        "imei-many-supi",
        "supi-imei-rebind",
    )

    def act(self, network: Network) -> Play[None]:
        """One after the other."""
        for index in (6, 5, 7):
            device = InDevice(index, TERMINALS[index].group, TERMINALS[6].imei)
            session = yield from network.attach(device, network.gnb1)
            yield 0.5
            yield from network.deregister(session.ue)
        yield 0.5


class ImeiManySupiBenign(Scene):
    """Every SIM in its own device."""

    name = "imei-many-supi-benign"
    title = "Three devices, three SIMs"
    title_zh = "三机三卡"
    description = "Terminals 5, 6 and 7 register one after the other."
    description_zh = "终端5、6、7先后注册。"

    def act(self, network: Network) -> Play[None]:
        """One after the other."""
        for index in (6, 5, 7):
            session = yield from network.attach(TERMINALS[index], network.gnb1)
            yield 0.5
            yield from network.deregister(session.ue)
        yield 0.5
