"""NG Resets that reset others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NgresetAbuse(Scene):
    """A gNB in foreign hands resets a terminal of its neighbour, and then its whole interface, twice."""

    name = "ngreset-abuse"
    title = "NG Resets of other gNBs' terminals"
    title_zh = "基站重置其他基站的终端"
    description = "gNB 2 resets the context of a terminal at gNB 1, then twice the whole interface."
    description_zh = "基站 2 重置基站 1 上终端的上下文，随后两次重置整个接口。"
    fires = ("ngreset-abuse",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import ngap_interface

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        yield 2.0
        link = network.gnb2.association
        for contexts in ([(session.ue.amf_id, session.ue.ran_id)], [], []):
            link.up(ngap_interface.ng_reset(contexts))
            yield 0.004
            link.down(ngap_interface.ng_reset_acknowledge())
            yield 20.0


class NgresetAbuseBenign(Scene):
    """A gNB resets one context of its own that it lost."""

    name = "ngreset-abuse-benign"
    title = "A gNB resets a context of its own"
    title_zh = "基站重置自身的一个上下文"
    description = "gNB 1 resets the context of one of its terminals after a fault; the terminal registers again."
    description_zh = "基站 1 故障后重置自身一个终端的上下文，终端重新注册。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import ngap_interface

        ue = yield from network.register(TERMINALS[4], network.gnb1)
        yield 2.0
        link = network.gnb1.association
        link.up(ngap_interface.ng_reset([(ue.amf_id, ue.ran_id)]))
        yield 0.004
        link.down(ngap_interface.ng_reset_acknowledge())
        network.ues.remove(ue)
        yield 2.0
        yield from network.register(TERMINALS[4], network.gnb1)
