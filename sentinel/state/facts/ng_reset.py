"""Whose connections does an NG Reset end?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.fields import texts
from sentinel.state.world import World


class NgReset(Fact):
    """Connections in a partial reset that are not the sender's, and how many terminals a reset disconnects (8.7.4)."""

    fields = {
        "fiveg.ngap.reset_foreign": spec(
            "long", "connections in the reset that are not the sender's", "重置中不属于发送方的连接数"
        ),
    }
    kinds = ("ngap.ng_reset",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        amf_ids = texts(event.fields, "fiveg.ngap.reset.amf_ue_ngap_id")
        if not amf_ids or not world.associations.from_ran(event):
            return {}
        key = world.associations.key(event)
        contexts = [world.contexts.named(key[1][0], amf_id, event.time) for amf_id in amf_ids if amf_id]
        foreign = sum(1 for each in contexts if each and each.ended is None and each.association != key)
        return {"fiveg.ngap.reset_foreign": foreign}
