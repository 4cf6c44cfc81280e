"""Does a terminal that was ciphered before get no ciphering now?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.state.base import Fact
from sentinel.state.fields import text
from sentinel.state.world import World


class NasCipherDowngrade(Fact):
    """NEA0 is selected for a terminal for which another algorithm was selected before (TS 24.501, 5.4.2)."""

    fields = {
        "fiveg.nas.cipher_before": FieldSpec(
            FieldType.KEYWORD, "ciphering algorithm this terminal used before", "此前使用的加密算法"
        ),
    }
    kinds = ("nas.security_mode_command",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        context = world.contexts.of(event)
        supi = text(event.fields, "fiveg.supi") or (context.identity.supi if context else "")
        before = world.contexts.ciphered_before(supi)
        return {"fiveg.nas.cipher_before": before} if before else {}
