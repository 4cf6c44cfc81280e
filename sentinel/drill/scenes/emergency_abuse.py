"""An emergency that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class EmergencyAbuse(Scene):
    """A terminal registers for emergency in a plant that has no such service."""

    name = "emergency-abuse"
    title = "An emergency registration"
    title_zh = "紧急注册"
    description = "Terminal 5 registers with registration type emergency."
    description_zh = "终端 5 以紧急注册类型接入。"
    fires = ("emergency-abuse",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter
        from sentinel.drill.wire import nas

        identity = nas.profile_a_suci(TERMINALS[5].supi, network.random)
        request = nas.registration_request(identity, nas.EMERGENCY)
        yield from enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1), request)
        yield 1.0


class EmergencyAbuseBenign(Scene):
    """An ordinary registration."""

    name = "emergency-abuse-benign"
    title = "An ordinary registration"
    title_zh = "普通注册"
    description = "Terminal 5 registers as always."
    description_zh = "终端 5 正常注册。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter

        yield from enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1))
        yield 1.0
