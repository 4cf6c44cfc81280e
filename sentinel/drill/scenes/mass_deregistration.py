"""Terminals that leave together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class MassDeregistration(Scene):
    """Somebody on N2 forges farewells of terminals."""

    name = "mass-deregistration"
    title = "Four plain deregistrations in a minute"
    title_zh = "一分钟内四个明文去注册"
    description = "Four terminals at gNB 1 leave within ten seconds, in plain NAS."
    description_zh = "基站 1 上四个终端在十秒内以明文 NAS 去注册。"
    fires = ("mass-deregistration",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        yield from _leave(network, (3, 4, 5, 6))


class MassDeregistrationBenign(Scene):
    """Two terminals leave at the end of a shift."""

    name = "mass-deregistration-benign"
    title = "Two deregistrations"
    title_zh = "两个终端去注册"
    description = "Two terminals at gNB 1 leave; two stay."
    description_zh = "基站 1 上两个终端离开，两个保持在线。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter

        yield from _leave(network, (3, 4))
        for index in (5, 6):
            yield from enter(network, network.gnb1, network.ue(TERMINALS[index], network.gnb1))
        yield 5.0


def _leave(network: Network, indices: tuple[int, ...]) -> Play[None]:
    from sentinel.drill.moves import enter
    from sentinel.drill.wire import nas

    for index in indices:
        yield from enter(network, network.gnb1, network.ue(TERMINALS[index], network.gnb1))
    for ue in list(network.ues):
        network.ues.remove(ue)
        network.gnb1.up(ue, nas.deregistration_request(ue.tmsi))
        yield 0.01
        yield from network.gnb1.release_context(ue, ("nas", "deregister"))
        yield 1.0
