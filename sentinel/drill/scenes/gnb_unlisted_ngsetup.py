"""A gNB that nobody registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB3, ROGUE_N2, ROGUE_N3, Station

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GnbUnlistedNgsetup(Scene):
    """A host on the N2 network joins as a gNB of its own, and the AMF takes it."""

    name = "gnb-unlisted-ngsetup"
    title = "An unregistered gNB joins the core"
    title_zh = "未登记基站接入核心网"
    description = "10.11.2.150 sets up NG as gNB 99; the AMF accepts it, though no register lists it."
    description_zh = "10.11.2.150 以基站标识 99 发起 NG Setup，AMF 接受，但站点登记中没有该基站。"
    fires = ("gnb-unlisted-ngsetup",)

    def act(self, network: Network) -> Play[None]:
        """Association, NG Setup, a heartbeat, and gone."""
        rogue = network.gnb(Station(99, "gnb-99", (ROGUE_N2,), ROGUE_N3))
        yield from rogue.start()
        yield 4.0
        yield from rogue.association.heartbeat()
        yield from rogue.association.shutdown()


class GnbUnlistedNgsetupBenign(Scene):
    """A new cell is commissioned: it is on the register before it first speaks."""

    name = "gnb-unlisted-ngsetup-benign"
    title = "A registered gNB is commissioned"
    title_zh = "已登记新基站开通"
    description = "gNB 3 appears for the first time; the register lists it with this address."
    description_zh = "基站 3 首次上线，站点登记中已有该基站及其地址。"

    def act(self, network: Network) -> Play[None]:
        """The same messages as the attack."""
        new = network.gnb(GNB3)
        yield from new.start()
        yield 4.0
        yield from new.association.heartbeat()
        yield from new.association.shutdown()
