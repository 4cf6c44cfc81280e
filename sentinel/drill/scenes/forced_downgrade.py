"""Terminals that are sent away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class ForcedDowngrade(Scene):
    """The network tells terminals that this PLMN is not allowed: they leave 5G."""

    name = "forced-downgrade"
    title = "Terminals are told to leave"
    title_zh = "终端被要求离开网络"
    description = "Four terminals at gNB 1 are rejected with PLMN not allowed within a minute."
    description_zh = "一分钟内基站 1 上的四个终端以 PLMN 不允许被拒绝。"
    fires = ("forced-downgrade",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        for index in (4, 5, 6, 7):
            yield from _sent_away(network, index, cause=11)


class ForcedDowngradeBenign(Scene):
    """One terminal has no subscription here, others meet congestion."""

    name = "forced-downgrade-benign"
    title = "One terminal without subscription, and congestion"
    title_zh = "个别终端无签约及拥塞"
    description = "One terminal is rejected with PLMN not allowed; two with congestion, who come back."
    description_zh = "一个终端以 PLMN 不允许被拒绝；两个因拥塞被拒，稍后重试。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        yield from _sent_away(network, 4, cause=11)
        for index in (5, 6):
            yield from _sent_away(network, index, cause=22)


def _sent_away(network: Network, index: int, cause: int) -> Play[None]:
    from sentinel.drill.moves import ask, refuse
    from sentinel.drill.wire import nas

    gnb, ue = network.gnb1, network.ue(TERMINALS[index], network.gnb1)
    request = nas.registration_request(nas.profile_a_suci(ue.terminal.supi, network.random))
    yield from ask(network, gnb, ue, request)
    yield from refuse(gnb, ue, nas.registration_reject(cause))
    yield 10.0
