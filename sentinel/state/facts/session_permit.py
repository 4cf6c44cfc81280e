"""May a terminal have this session: its data network, slice and type, and one more?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sentinel.model.event import Event, Value
from sentinel.site import Terminal
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text, texts
from sentinel.state.gnbs import slices
from sentinel.state.sessions import tunnels_of
from sentinel.state.world import World


class SessionPermit(Fact):
    """Sessions against the row of their terminal in the register; types also against what the terminal had before."""

    fields = {
        "fiveg.session.not_permitted": spec(
            "keyword[]", "dnn, slice: not allowed to this terminal by the register", "会话未授权项"
        ),
        "fiveg.session.count": spec("long", "sessions this terminal has, with this one", "终端会话数"),
        "fiveg.session.excess": spec("boolean", "more sessions than the register allows", "会话数是否超限"),
        "fiveg.session.type_new": spec(
            "boolean",
            "a PDU session type that the register does not name, or this terminal never had",
            "PDU 会话类型是否异常",
        ),
    }
    kinds = (
        "pfcp.session_establishment_request", "nas.pdu_session_establishment_request",
        "ngap.pdu_session_resource_setup_request",
    )  # fmt: skip

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        supi = world.supi_of(event)
        if not supi:
            return {}
        row = world.register.get(supi)
        facts: dict[str, Value] = {}
        if row is not None and (wrong := tuple(_wrong(event, row))):
            facts["fiveg.session.not_permitted"] = wrong
        count = _count(event, supi, world)
        facts["fiveg.session.count"] = count
        if row is not None and row.sessions.isdigit():
            facts["fiveg.session.excess"] = count > int(row.sessions)
        return facts | _type(event, supi, row, world)


def _wrong(event: Event, row: Terminal) -> Iterator[str]:
    dnn = text(event.fields, "fiveg.dnn")
    if dnn and row.dnns and dnn not in row.dnns.split():
        yield "dnn"
    asked = slices(event)
    if row.slices and any(each not in row.slices.split() for each in asked):
        yield "slice"


def _count(event: Event, supi: str, world: World) -> int:
    terminal = world.terminal(supi, event.time)
    here = world.session_of(event) if event.kind.startswith("pfcp.") else None
    psis, ends = set(texts(event.fields, "fiveg.pdu_session.id")), set(tunnels_of(event, "fiveg.ngap.ul"))
    live = terminal.live_sessions() if terminal else ()
    others = (each for each in live if each is not here and ends.isdisjoint(each.uls))
    return 1 + sum(1 for each in others if each.psi is None or str(each.psi) not in psis)


def _type(event: Event, supi: str, row: Terminal | None, world: World) -> dict[str, Value]:
    kind = text(event.fields, "fiveg.pdu_session.type")
    if not kind:
        return {}
    terminal = world.terminals.meet(supi, event.time)
    planned = row.pdu_types.split() if row is not None else []
    new = kind not in planned if planned else bool(terminal.types) and kind not in terminal.types
    terminal.types = tuple(dict.fromkeys((*terminal.types, kind)))
    return {"fiveg.session.type_new": new} if new or planned or len(terminal.types) > 1 else {}
