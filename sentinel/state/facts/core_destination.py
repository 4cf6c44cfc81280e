"""Does a terminal talk to the core through its own tunnel?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Fields, Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.state.base import Fact
from sentinel.state.fields import text
from sentinel.state.world import World

_NONE: frozenset[str] = frozenset()
_UP: Mapping[str, Value] = {"fiveg.flow.from_terminal": True}
_DOWN: Mapping[str, Value] = {"fiveg.flow.from_terminal": False}


class CoreDestination(Fact):
    """A flow begun by a terminal, and the core function it is meant for.

    Known gap: without a site plan only the functions seen on N2, N3 and N4 count as the core.
    """

    fields = {
        "fiveg.flow.from_terminal": FieldSpec(FieldType.BOOLEAN, "whether the terminal began it", "是否由终端发起"),
        "fiveg.flow.core_function": FieldSpec(FieldType.KEYWORD, "core function it is meant for", "目标核心网功能"),
    }
    kinds = ("flow.started", "gtpu.nested")

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        if not _uplink(event.fields, world):
            return _DOWN
        function = world.core_function(text(event.fields, "destination.ip"))
        return {"fiveg.flow.from_terminal": True, "fiveg.flow.core_function": function} if function else _UP


def _uplink(fields: Fields, world: World) -> bool:
    upfs, get = world.site.upfs if world.site is not None else _NONE, fields.get
    down, up = get("fiveg.gtpu.outer.source.ip") in upfs, get("fiveg.gtpu.outer.destination.ip") in upfs
    if down != up:
        return up  # whatever the packet says of itself
    direction = fields.get("fiveg.gtpu.pdu_type")
    if direction is not None:
        return direction == "ul"
    # Without a PDU Session Container (TS 38.415) the pool of the inner source tells.
    return world.in_ue_pool(text(fields, "source.ip"))
