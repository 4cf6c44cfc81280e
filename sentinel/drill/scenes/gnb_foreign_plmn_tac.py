"""A gNB that offers what is not the site's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB3, PLMN, SLICES, TAC, Slice

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GnbForeignPlmnTac(Scene):
    """A registered gNB announces a foreign PLMN, a tracking area and a slice that nobody planned, and the AMF takes it."""

    name = "gnb-foreign-plmn-tac"
    title = "A gNB announces a foreign PLMN, TAC and slice"
    title_zh = "基站宣告计划外的 PLMN、TAC 与切片"
    description = "gNB 3 announces PLMN 001/01, TAC 99 and slice 77 beside its own."
    description_zh = "基站 3 在自身配置之外宣告 PLMN 001/01、TAC 99 与切片 77。"
    fires = ("gnb-foreign-plmn-tac",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        gnb = network.gnb(GNB3)
        yield from gnb.connect()
        yield from gnb.set_up({TAC: (PLMN, SLICES), 99: ("00101", [Slice(77)])})
        yield 2.0
        yield from gnb.association.shutdown()


class GnbForeignPlmnTacBenign(Scene):
    """A registered gNB announces exactly what the plan has."""

    name = "gnb-foreign-plmn-tac-benign"
    title = "A gNB announces what is planned"
    title_zh = "基站仅宣告计划内的配置"
    description = "gNB 3 announces the site's PLMN, tracking area and both slices."
    description_zh = "基站 3 宣告站点规划内的 PLMN、跟踪区与两个切片。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        gnb = network.gnb(GNB3)
        yield from gnb.start()
        yield 2.0
        yield from gnb.association.shutdown()
