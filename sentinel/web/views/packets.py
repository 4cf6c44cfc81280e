"""The packets of an alert, and the full dissection of one: parts of the alert's page, and pages without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.crypto.digest import digest_sha256
from sentinel.errors import DissectionError, NoDissectorError, TriageError
from sentinel.evidence.dissection import Node, dissect
from sentinel.evidence.ring import Packet
from sentinel.model.alert import Alert
from sentinel.operations.fetching import Elsewhere
from sentinel.web.console import Console
from sentinel.web.gate import Evident, Shown

router = APIRouter(prefix="/alerts/{alert_id}/packets")
SHOWN = 100  # packets of a list


@dataclass(frozen=True, slots=True)
class Row:
    """A packet in the list: its number in the whole cut, what it is, and what tells it from others."""

    number: int
    time: int
    summary: str
    kinds: Sequence[str]
    length: int
    captured: int
    proof: bool
    digest: str


@dataclass(frozen=True, slots=True)
class PacketsPage:
    """The list; `total` is of the capture, `more` says that the ring has more than a capture holds."""

    alert: Alert
    rows: Sequence[Row]
    total: int
    more: bool
    elsewhere: Sequence[Elsewhere]

    @property
    def waiting(self) -> bool:
        """Whether a collector was asked and has not answered yet."""
        return any(each.state == "waiting" for each in self.elsewhere)


@dataclass(frozen=True, slots=True)
class DissectionPage:
    """One packet. `missing`: tshark is not installed; `error`: it could not; `moved`: the list has changed."""

    alert: Alert
    number: int
    row: Row | None
    protocols: Sequence[Node]
    missing: bool = False
    moved: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class ReasonPage:
    """The question why, before packets of a sealed store; `error` if what was said is no reason."""

    alert: Alert
    reason: str = ""
    error: str = ""


@router.get("")
def show(alert_id: str, request: Request, shown: Shown, visitor: Evident) -> Response:
    """The packets around the alert's messages, those nearest to them first to be shown."""
    alert = _alert(shown, alert_id)
    if shown.unexplained(alert, visitor.known().name):
        return shown.respond(request, visitor, _part(request, "reason"), ReasonPage(alert))
    cut = shown.packets(alert, visitor.name)
    numbered = list(enumerate(cut.packets, 1))
    rows = [_row(number, packet) for number, packet in _nearest(numbered)]
    page = PacketsPage(alert, rows, len(numbered), cut.more, shown.elsewhere(alert))
    return shown.respond(request, visitor, _part(request, "packets"), page)


@router.post("/fetch")
def fetch(alert_id: str, shown: Shown, visitor: Evident) -> Response:
    """Ask the collectors for the packets that lie there."""
    alert = _alert(shown, alert_id)
    if shown.unexplained(alert, visitor.known().name):
        return RedirectResponse(f"/alerts/{alert_id}/packets", 303)
    if shown.elsewhere(alert):
        shown.ask(alert, visitor.known().name)
    return RedirectResponse(f"/alerts/{alert_id}#packets", 303)


@router.post("/reason")
def explain(
    alert_id: str, request: Request, shown: Shown, visitor: Evident,
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:  # fmt: skip
    """Say why one reads these packets, and read them."""
    alert = _alert(shown, alert_id)
    try:
        shown.explain(alert, visitor.known().name, reason)
    except TriageError as error:
        return shown.respond(request, visitor, "reason.html", ReasonPage(alert, reason, str(error)), 400)
    return RedirectResponse(f"/alerts/{alert_id}/packets", 303)


@router.get("/reason")
@router.get("/fetch")
def fetched(alert_id: str, visitor: Evident) -> Response:
    """Who reloads the answer to that comes back to the alert."""
    return RedirectResponse(f"/alerts/{alert_id}#packets", 303)


@router.get("/{number}")
def dissection(
    alert_id: str, number: int, request: Request, shown: Shown, visitor: Evident, digest: str = ""
) -> Response:
    """What tshark makes of a packet."""
    alert = _alert(shown, alert_id)
    if shown.unexplained(alert, visitor.known().name):
        return shown.respond(request, visitor, _part(request, "reason"), ReasonPage(alert))
    packets = shown.packets(alert, visitor.name).packets
    page = _dissection(alert, number, packets[number - 1], digest) if 0 < number <= len(packets) else None
    page = page or DissectionPage(alert, number, None, (), moved=True)
    return shown.respond(request, visitor, _part(request, "dissection"), page)


def _dissection(alert: Alert, number: int, packet: Packet, digest: str) -> DissectionPage:
    row = _row(number, packet)
    if digest not in {"", row.digest}:
        return DissectionPage(alert, number, None, (), moved=True)
    try:
        return DissectionPage(alert, number, row, dissect(packet))
    except NoDissectorError:
        return DissectionPage(alert, number, row, (), missing=True)
    except DissectionError as error:
        return DissectionPage(alert, number, row, (), error=str(error))


def _nearest(numbered: Sequence[tuple[int, Packet]]) -> Sequence[tuple[int, Packet]]:
    proofs = [number for number, packet in numbered if packet.proof] or [1]
    near = sorted(numbered, key=lambda one: min(abs(one[0] - proof) for proof in proofs))[:SHOWN]
    return sorted(near, key=lambda one: one[0])


def _row(number: int, packet: Packet) -> Row:
    return Row(number, packet.time, packet.summary, packet.kinds, packet.length, len(packet.data), packet.proof,
               digest_sha256(packet.data)[:16])  # fmt: skip


def _part(request: Request, name: str) -> str:
    """The part alone for the page that asks for it."""
    return f"_{name}.html" if request.headers.get("HX-Request") == "true" else f"{name}.html"


def _alert(shown: Console, alert_id: str) -> Alert:
    record = shown.store.alert(alert_id)
    if record is None:
        raise HTTPException(404)
    return record.alert
