"""Does a terminal move faster than it can, or though it should not?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.world import World

STAYS = 300 * 10**9
YES = ("yes", "true", "1", "是")


class TerminalPlace(Fact):
    """Cells against the map and the speed of the plan; a stationary terminal in another cell for five minutes."""

    fields = {
        "fiveg.ue.travel": spec("boolean", "cells too far apart for the time between", "是否不可能移动"),
        "fiveg.ue.nci_before": spec("keyword", "the cell it was in before", "此前小区"),
    }
    kinds = (
        "nas.registration_request", "nas.service_request", "ngap.handover_notify", "ngap.path_switch_request_acknowledge",
        "nas.security_mode_complete", "ngap.pdu_session_resource_setup_request",
    )  # fmt: skip
    topics = ("terminal_place",)
    derives = ("terminal.moved",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        nci, supi = world.cell_of(event), world.supi_of(event)
        terminal = world.terminal(supi, event.time)
        if not nci or terminal is None or not terminal.nci or nci == terminal.nci:
            return {}
        row = world.register.get(supi)
        if row is not None and row.stationary.lower() in YES and nci != terminal.home:
            world.deadlines.add(event.time + STAYS, "terminal_place", supi, nci)
        facts: dict[str, Value] = {"fiveg.ue.nci_before": terminal.nci}
        if _too_far(terminal.nci, nci, event.time - max(terminal.placed, terminal.moved), world):
            facts["fiveg.ue.travel"] = True
        return facts

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        supi, nci = str(data[0]), str(data[1])
        terminal = world.terminals.known(supi)
        if terminal is not None and terminal.nci == nci and when - terminal.moved >= STAYS:
            yield derived("terminal.moved", when, {
                "fiveg.supi": supi, "fiveg.nci": nci, "fiveg.ue.nci_before": terminal.home, "fiveg.ue.subject": supi,
            })  # fmt: skip


def _too_far(one: str, other: str, time: int, world: World) -> bool:
    cells = {cell.nci: cell for cell in world.site.cells} if world.site is not None else {}
    if one not in cells or other not in cells or world.site is None:
        return False
    here, there = cells[one], cells[other]
    way = math.hypot(here.x - there.x, here.y - there.y) - here.reach - there.reach
    return way > world.site.max_speed * max(time, 0) / 1e9
