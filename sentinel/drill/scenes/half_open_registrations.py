"""Challenges that nobody answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class HalfOpenRegistrations(Scene):
    """Devices ask for registration and never answer the challenge, to fill the AMF's tables."""

    name = "half-open-registrations"
    title = "Twelve challenges without an answer"
    title_zh = "十二个鉴权请求无应答"
    description = "Twelve terminals at gNB 1 leave their challenge open within half a minute."
    description_zh = "半分钟内基站 1 上十二个终端未应答鉴权。"
    fires = ("half-open-registrations",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import knock

        for index in range(100, 112):
            yield from knock(network, network.gnb1, index)
            yield 2.0
        yield 10.0


class HalfOpenRegistrationsBenign(Scene):
    """A terminal goes out of coverage in the middle of a registration."""

    name = "half-open-registrations-benign"
    title = "One challenge without an answer"
    title_zh = "单个鉴权请求无应答"
    description = "One terminal does not answer its challenge; the others register."
    description_zh = "一个终端未应答鉴权，其余终端正常注册。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter, knock

        yield from knock(network, network.gnb1, 100)
        for index in (4, 5, 6):
            yield from enter(network, network.gnb1, network.ue(TERMINALS[index], network.gnb1))
            yield 2.0
        yield 8.0
