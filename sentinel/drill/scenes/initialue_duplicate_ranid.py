"""Two contexts with one id."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class InitialueDuplicateRanid(Scene):
    """A gNB in foreign hands begins contexts with one and the same id."""

    name = "initialue-duplicate-ranid"
    title = "Initial UE Messages with one RAN id"
    title_zh = "同一 RAN 标识的多个初始 UE 消息"
    description = "gNB 2 sends three Initial UE Messages with RAN id 900 within a tenth of a second."
    description_zh = "基站 2 在十分之一秒内以 RAN 标识 900 发送三个初始 UE 消息。"
    fires = ("initialue-duplicate-ranid",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas, ngap

        gnb = network.gnb2
        for index in (3, 4, 5):
            request = nas.registration_request(nas.profile_a_suci(TERMINALS[index].supi, network.random))
            gnb.association.up(ngap.initial_ue_message(900, request, gnb.cell, network.timeline.now), 1)
            yield 0.04
        yield 1.0


class InitialueDuplicateRanidBenign(Scene):
    """An id is used again after its context was released."""

    name = "initialue-duplicate-ranid-benign"
    title = "A RAN id is used again after release"
    title_zh = "释放后复用 RAN 标识"
    description = "gNB 2 uses RAN id 1 again for the next terminal, half a second after the first was released."
    description_zh = "基站 2 在首个终端释放半秒后，将 RAN 标识 1 用于下一终端。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import knock
        from sentinel.drill.wire import nas

        gnb = network.gnb2
        for index in (3, 4):
            gnb.ran_ids = count(1)
            yield from knock(network, gnb, index, answer=nas.registration_reject(111))
            yield 0.2
