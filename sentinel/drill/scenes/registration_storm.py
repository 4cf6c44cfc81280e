"""Everybody at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class RegistrationStorm(Scene):
    """Devices in foreign hands register all at once."""

    name = "registration-storm"
    title = "Seventy registrations in a few seconds"
    title_zh = "数秒内七十个注册请求"
    description = "Seventy terminals that nobody knows ask for registration at gNB 1 within five seconds."
    description_zh = "七十个未知终端在五秒内经基站 1 请求注册。"
    fires = ("registration-storm",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import knock

        for index in range(100, 170):
            yield from knock(network, network.gnb1, index)
            yield 0.03
        yield 1.0


class RegistrationStormBenign(Scene):
    """A shift begins: some terminals are switched on within a minute."""

    name = "registration-storm-benign"
    title = "A shift begins"
    title_zh = "班次开始"
    description = "Eight terminals register one after the other."
    description_zh = "八个终端先后注册。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter

        for index in range(3, 11):
            yield from enter(network, network.gnb1, network.ue(TERMINALS[index], network.gnb1))
            yield 2.0
