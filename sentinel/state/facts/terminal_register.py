"""What does the register say of this terminal: is it there, which cells and hours does it have, has its grant ended?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.site import Terminal
from sentinel.state.base import Fact, spec
from sentinel.state.calendar import expired, within
from sentinel.state.facts.ot_conversation import COMMANDS, PROTOCOLS
from sentinel.state.world import World

_REJECTS = frozenset(
    {"nas.authentication_reject", "nas.registration_reject", "nas.service_reject", "nas.security_mode_reject"}
)
_ACCESS = frozenset(
    {"nas.registration_request", "nas.service_request", "pfcp.session_establishment_request",
     "ngap.pdu_session_resource_setup_request"}
)  # fmt: skip
_PLACES = frozenset(
    {"nas.registration_request", "nas.service_request", "ngap.handover_notify",
     "ngap.pdu_session_resource_setup_request", "nas.security_mode_complete"}
)  # fmt: skip
_TALKS = frozenset({"flow.started", "http.request", "dhcp.discover", "dhcp.request"})

_ANY = _REJECTS | _ACCESS | _PLACES | _TALKS


class TerminalRegister(Fact):
    """The row of a terminal in the plan's register; absent where the plan has none, or the SUPI is not known."""

    fields = {
        "fiveg.terminal.registered": spec("boolean", "the SUPI is in the register of terminals", "终端是否已登记"),
        "fiveg.terminal.foreign_plmn": spec(
            "boolean", "the SUPI is of a PLMN that is not the site's", "是否外部 PLMN 用户"
        ),
        "fiveg.terminal.group": spec("keyword", "group of the terminal in the register", "终端分组"),
        "fiveg.terminal.criticality": spec("keyword", "criticality of the terminal in the register", "终端重要性"),
        "fiveg.terminal.cell_permitted": spec("boolean", "the register allows the cell", "小区是否允许"),
        "fiveg.terminal.off_hours": spec("boolean", "outside the hours of the register", "是否非授权时段"),
        "fiveg.terminal.permit_expired": spec("boolean", "after the end of the grant", "授权是否过期"),
    }
    kinds = tuple(sorted({*_ANY, *(f"{protocol}.*" for protocol in PROTOCOLS)}))

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        if not world.register or world.site is None:
            return {}
        command = event.fields.get("ot.operation") in COMMANDS and event.fields.get("ot.direction") != "response"
        kind = event.kind
        if not command and kind not in _ANY:
            return {}
        supi = world.supi_of(event)
        row = world.register.get(supi)
        if row is None:
            return _stranger(supi, kind, world)
        facts: dict[str, Value] = {name: value for name, value in _named(row) if value}
        if kind not in _TALKS and not command:
            facts["fiveg.terminal.registered"] = True
        zone = world.site.time_zone
        if row.until and expired(row.until, event.time, zone):
            facts["fiveg.terminal.permit_expired"] = True
        if (command or kind in _ACCESS) and row.hours and not within(row.hours, event.time, zone):
            facts["fiveg.terminal.off_hours"] = True
        if kind in _PLACES and row.cells and (nci := world.cell_of(event)):
            facts["fiveg.terminal.cell_permitted"] = nci in row.cells.split()
        return facts


def _named(row: Terminal) -> tuple[tuple[str, str], ...]:
    return ("fiveg.terminal.group", row.group), ("fiveg.terminal.criticality", row.criticality)


def _stranger(supi: str, kind: str, world: World) -> dict[str, Value]:
    if not supi or kind in _TALKS:
        return {}
    plmns = world.site.plmns if world.site is not None else ()
    foreign = bool(plmns) and not supi.startswith(plmns)
    facts: dict[str, Value] = {"fiveg.terminal.registered": False}
    return facts | ({"fiveg.terminal.foreign_plmn": True} if foreign else {})
