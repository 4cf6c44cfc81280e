"""An answer by another id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class AuthResponseRanidSwap(Scene):
    """The answer to a challenge comes with the RAN id of another terminal."""

    name = "auth-response-ranid-swap"
    title = "A challenge is answered on another RAN id"
    title_zh = "以其他 RAN 标识应答鉴权"
    description = "The AMF challenges terminal 5; the response names the same AMF id and another RAN id."
    description_zh = "AMF 对终端 5 发起鉴权，应答使用相同的 AMF 标识与不同的 RAN 标识。"
    fires = ("auth-response-ranid-swap",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import refuse
        from sentinel.drill.wire import nas, ngap

        gnb, ue = network.gnb1, network.ue(TERMINALS[5], network.gnb1)
        yield from gnb.challenge(ue, nas.profile_a_suci(ue.terminal.supi, network.random))
        response, now = nas.authentication_response(network.random), network.timeline.now
        gnb.association.up(ngap.uplink_nas_transport(ue.amf_id, ue.ran_id + 700, response, gnb.cell, now), 1)
        yield 0.01
        yield from refuse(gnb, ue, nas.authentication_reject())


class AuthResponseRanidSwapBenign(Scene):
    """Two terminals are challenged at once, and each answers by its own id."""

    name = "auth-response-ranid-swap-benign"
    title = "Two challenges at once"
    title_zh = "两个终端同时鉴权"
    description = "Terminals 5 and 6 register at the same time at gNB 1."
    description_zh = "终端 5 与终端 6 同时在基站 1 注册。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter

        network.play(enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1)))
        yield from enter(network, network.gnb1, network.ue(TERMINALS[6], network.gnb1))
        yield 1.0
