"""Which terminals were not seen for long, and come back, or do not?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.terminals import DAY
from sentinel.state.world import World


class Absence(Fact):
    """Days since a terminal was last seen; terminals of the register that were not seen for `missing_days` of the plan."""

    fields = {
        "fiveg.supi.unseen_days": spec("long", "days since the terminal was last seen", "终端未见天数"),
    }
    kinds = ("nas.registration_request", "nas.service_request", "pfcp.session_establishment_request")
    topics = ("absence",)
    derives = ("terminal.missing",)

    def __init__(self) -> None:
        self._looking = False

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        if not self._looking and world.register:
            self._looking = True
            world.deadlines.add(event.time + DAY, "absence")
        terminal = world.terminal(world.supi_of(event), event.time)
        days = (event.time - terminal.seen) // DAY if terminal is not None and terminal.seen else 0
        return {"fiveg.supi.unseen_days": days} if days > 0 else {}

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        world.deadlines.add(max(when + DAY, world.now - DAY), "absence")
        if world.site is None:
            return
        days = world.site.missing_days
        for supi in world.register:
            terminal = world.terminals.known(supi)
            since = max(terminal.seen, terminal.first) if terminal is not None else world.first
            unseen = world.deadlines.watched(since, when) / DAY
            if days <= unseen < days + 1:  # once; the count begins again when it is seen
                yield derived("terminal.missing", when, {
                    "fiveg.supi": supi, "fiveg.ue.subject": supi, "fiveg.supi.unseen_days": int(unseen),
                })  # fmt: skip
