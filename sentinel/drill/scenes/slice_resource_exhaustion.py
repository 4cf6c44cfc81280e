"""Nothing is left to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SliceResourceExhaustion(Scene):
    """The core has no room left."""

    name = "slice-resource-exhaustion"
    title = "Registrations are refused for congestion"
    title_zh = "注册因拥塞被拒"
    description = "Five terminals at both gNBs are refused for congestion within a minute."
    description_zh = "一分钟内两个基站上五个终端因拥塞被拒绝。"
    fires = ("slice-resource-exhaustion",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import knock
        from sentinel.drill.wire import nas

        for index in range(3, 8):
            gnb = network.gnbs[index % 2]
            yield from knock(network, gnb, index, answer=nas.registration_reject(22))
            yield 5.0


class SliceResourceExhaustionBenign(Scene):
    """One terminal meets congestion and comes back."""

    name = "slice-resource-exhaustion-benign"
    title = "One registration is refused for congestion"
    title_zh = "单个注册因拥塞被拒"
    description = "One terminal is refused for congestion; it registers twenty seconds later."
    description_zh = "一个终端因拥塞被拒，二十秒后注册成功。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter, knock
        from sentinel.drill.wire import nas

        yield from knock(network, network.gnb1, 5, answer=nas.registration_reject(22))
        yield 20.0
        yield from enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1))
