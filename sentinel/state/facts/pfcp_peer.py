"""Does somebody speak PFCP who is no SMF or UPF of the site?"""

from __future__ import annotations

from collections.abc import Container, Mapping

from sentinel.model.event import Event, Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.state.base import Fact
from sentinel.state.fields import text
from sentinel.state.world import World


class PfcpPeer(Fact):
    """An N4 message whose source or destination is not on the register.

    Known gap: without a site plan, a rogue that was there from the beginning is learnt as one of the site's own.
    """

    fields = {
        "fiveg.pfcp.peer_registered": FieldSpec(
            FieldType.BOOLEAN, "whether both ends are registered", "N4 两端是否均已登记"
        ),
        "fiveg.pfcp.unlisted_peer": FieldSpec(FieldType.IP, "the N4 end that is not registered", "未登记的 N4 对端"),
    }
    kinds = ("pfcp.*",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        ends = (text(event.fields, "source.ip"), text(event.fields, "destination.ip"))
        if world.site is not None and world.site.n4_peers:
            listed: Container[str] = world.site.n4_peers
        elif world.learning(event.time):
            for end in ends:
                world.learnt_n4[end] = None
            return {}
        else:
            listed = world.learnt_n4
        for end in ends:
            if end not in listed:
                return {"fiveg.pfcp.peer_registered": False, "fiveg.pfcp.unlisted_peer": end}
        return {"fiveg.pfcp.peer_registered": True}
