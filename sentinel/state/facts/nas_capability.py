"""Does a terminal announce fewer algorithms than before?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.nas import capability
from sentinel.state.world import World

_LEAST = ("NEA0", "NIA0")


class NasCapability(Fact):
    """Algorithms that this terminal announced before, and does not announce in this registration (TS 24.501, 9.11.3.54)."""

    fields = {
        "fiveg.nas.seccap_lowered": spec(
            "keyword[]", "algorithms it announced before and does not now", "较此前缺少的安全算法"
        ),
    }
    kinds = ("nas.registration_request",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        said, supi = capability(event), world.supi_of(event)
        if not said or not supi:
            return {}
        terminal = world.terminals.meet(supi, event.time)
        lost = tuple(each for each in terminal.capability if each not in said and each not in _LEAST)
        terminal.capability = tuple(dict.fromkeys(terminal.capability + said))
        return {"fiveg.nas.seccap_lowered": lost} if lost else {}
