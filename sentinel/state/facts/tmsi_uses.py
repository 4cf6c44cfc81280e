"""Is a temporary identity given anew as it should be?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text
from sentinel.state.world import World

_GIVING = ("nas.registration_accept", "nas.configuration_update_command")
_USING = ("nas.service_request", "nas.registration_request")


class TmsiUses(Fact):
    """How often a 5G-TMSI was used to connect since it was given (TS 33.501, 6.12.3)."""

    fields = {
        "fiveg.tmsi.uses": spec(
            "long", "times this 5G-TMSI was used to connect since it was given", "5G-TMSI 使用次数"
        ),
    }
    kinds = (*_GIVING, *_USING)

    def __init__(self) -> None:
        self._uses: Bounded[str, int] = Bounded(200_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:  # noqa: ARG002
        """See `Fact.of`."""
        tmsi = text(event.fields, "fiveg.tmsi")
        if not tmsi or event.fields.get("fiveg.nas.contained"):
            return {}
        if event.kind in _GIVING:
            self._uses[tmsi] = 0
            return {}
        self._uses[tmsi] = uses = self._uses.get(tmsi, 0) + 1
        return {"fiveg.tmsi.uses": uses}
