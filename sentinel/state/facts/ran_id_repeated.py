"""Does a base station begin two contexts with one id?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.contexts import ids_of
from sentinel.state.world import World


class RanIdRepeated(Fact):
    """An Initial UE Message with the RAN id of a context that is not over (TS 38.413, 8.6.1)."""

    fields = {
        "fiveg.ngap.ran_id_gap": spec(
            "long", "milliseconds since this id began a context that is not over", "同一 RAN 标识间隔（毫秒）"
        ),
    }
    kinds = ("ngap.initial_ue_message",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        context = world.contexts.at(world.associations.key(event), ids_of(event)[0], event.time)
        if context is None or context.ended is not None:
            return {}
        return {"fiveg.ngap.ran_id_gap": (event.time - context.since) // 10**6}
