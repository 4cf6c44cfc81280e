"""A terminal that is called and does not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PagingAbuse(Scene):
    """Somebody has a terminal paged again and again, to find its cell."""

    name = "paging-abuse"
    title = "A terminal is paged six times"
    title_zh = "终端六次被寻呼"
    description = "Idle terminal 5 is paged at gNB 1 six times within half a minute."
    description_zh = "半分钟内空闲终端 5 在基站 1 被寻呼六次。"
    fires = ("paging-abuse",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import lose, page

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        yield from lose(network.gnb1, ue)
        network.ues.remove(ue)
        for _ in range(6):
            page(ue, network.gnb1)
            yield 5.0


class PagingAbuseBenign(Scene):
    """A terminal is paged in two cells, again after two seconds, and comes."""

    name = "paging-abuse-benign"
    title = "A terminal is paged twice and comes"
    title_zh = "终端两次寻呼后恢复"
    description = "Idle terminal 5 is paged in both cells twice, and comes back."
    description_zh = "空闲终端 5 在两个小区被寻呼两次后恢复。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import lose, page, serve

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        yield from lose(network.gnb1, ue)
        yield 5.0
        for _ in range(2):
            page(ue, network.gnb1, network.gnb2)
            yield 2.0
        yield from serve(network, network.gnb1, ue, kind=2)
        yield 1.0
