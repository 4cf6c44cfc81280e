"""Is an NGAP message new for this base station?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.world import World


class NgapProcedure(Fact):
    """A message that was not seen from or to this base station before; said once, and when learning is over."""

    fields = {
        "fiveg.ngap.procedure_new": spec(
            "boolean", "not seen with this base station before", "该基站首次出现的 NGAP 消息"
        ),
    }
    kinds = ("ngap.*",)

    def __init__(self) -> None:
        self._seen: Bounded[tuple[str, str], None] = Bounded(200_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        place = (world.associations.key(event)[0][0], event.kind)
        if place in self._seen:
            return {}
        self._seen[place] = None
        return {} if world.warming(event.time) else {"fiveg.ngap.procedure_new": True}
