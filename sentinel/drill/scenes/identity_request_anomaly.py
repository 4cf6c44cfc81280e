"""Who are you, who are you, who are you?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class IdentityRequestAnomaly(Scene):
    """The core asks one terminal for its identity again and again."""

    name = "identity-request-anomaly"
    title = "A terminal is asked for its identity five times"
    title_zh = "终端五次被请求身份"
    description = "The AMF asks terminal 5 five times within ten seconds who it is."
    description_zh = "AMF 在十秒内五次向终端 5 请求身份。"
    fires = ("identity-request-anomaly",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        yield from _asked(network, times=5)


class IdentityRequestAnomalyBenign(Scene):
    """The core does not know a GUTI and asks once."""

    name = "identity-request-anomaly-benign"
    title = "A terminal is asked for its identity once"
    title_zh = "终端一次被请求身份"
    description = "The AMF asks terminal 5 once who it is."
    description_zh = "AMF 向终端 5 请求一次身份。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        yield from _asked(network, times=1)


def _asked(network: Network, times: int) -> Play[None]:
    from sentinel.drill.moves import ask, refuse
    from sentinel.drill.wire import nas

    gnb, ue = network.gnb1, network.ue(TERMINALS[5], network.gnb1)
    yield from ask(network, gnb, ue, nas.registration_request(nas.guti(0xC0000999)))
    for _ in range(times):
        gnb.down(ue, nas.identity_request(1))
        yield 0.02
        gnb.up(ue, nas.identity_response(nas.profile_a_suci(ue.terminal.supi, network.random)))
        yield 2.0
    yield from refuse(gnb, ue, nas.registration_reject(9))
