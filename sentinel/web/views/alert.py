"""One alert: who, what, why it fired, the messages that prove it, and what people made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.errors import ConflictError, TriageError
from sentinel.model.alert import Alert, HistoryEntry, Triage
from sentinel.model.event import Value
from sentinel.store.base import AlertRecord, Document
from sentinel.web.changes import change_of
from sentinel.web.console import Console
from sentinel.web.gate import Reader, Shown, Triager
from sentinel.web.ladder import Ladder, ladder
from sentinel.web.techniques import Technique, techniques
from sentinel.web.who import Who, who

router = APIRouter(prefix="/alerts/{alert_id}")
_NOT_SHOWN = frozenset({"event.kind", "@timestamp", "event.id"})


@dataclass(frozen=True, slots=True)
class Proof:
    """One event of the evidence; `fields` is empty if the store no longer has it."""

    event_id: str
    kind: str
    time: int
    source: str
    packet: int
    fields: Document


@dataclass(frozen=True, slots=True)
class AlertPage:
    """The page. `conflict` says that somebody changed the alert first; `error` that the change made no sense."""

    alert: Alert
    triage: Triage
    who: Who
    techniques: Sequence[Technique]
    proofs: Sequence[Proof]
    ladder: Ladder
    has_capture: bool
    history: Sequence[HistoryEntry]
    notice: str
    conflict: bool
    error: str
    note: str


@router.get("")
def show(alert_id: str, request: Request, shown: Shown, visitor: Reader, notice: str = "") -> Response:
    """The alert."""
    return shown.respond(request, visitor, "alert.html", alert_page(shown, _record(shown, alert_id), notice=notice))


@router.get("/triage")
def triaged(alert_id: str, visitor: Reader) -> Response:
    """Who reloads the answer to a change comes back to the alert."""
    return RedirectResponse(f"/alerts/{alert_id}", 303)


@router.post("/triage")
def triage(
    alert_id: str,
    request: Request,
    shown: Shown,
    visitor: Triager,
    action: Annotated[str, Form()],
    version: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Change the alert; if somebody was faster, show what they did and keep the note."""
    note = note.strip()
    try:
        shown.desk.change(visitor.known(), alert_id, change_of(visitor, action, reason, note), version)
    except ConflictError:
        page = alert_page(shown, _record(shown, alert_id), conflict=True, note=note)
        return shown.respond(request, visitor, "alert.html", page, 409)
    except TriageError as error:
        page = alert_page(shown, _record(shown, alert_id), error=str(error), note=note)
        return shown.respond(request, visitor, "alert.html", page, 400)
    return RedirectResponse(f"/alerts/{alert_id}?notice={action}", 303)


def _record(shown: Console, alert_id: str) -> AlertRecord:
    record = shown.store.alert(alert_id)
    if record is None:
        raise HTTPException(404)
    return record


def alert_page(
    shown: Console, record: AlertRecord, *, notice: str = "", conflict: bool = False, error: str = "", note: str = ""
) -> AlertPage:
    """The page model."""
    alert = record.alert
    proofs = [
        _proof(shown, evidence.event_id, evidence.kind, evidence.time, evidence.source, evidence.packet)
        for evidence in sorted(alert.evidence, key=lambda evidence: evidence.time)
    ]
    shown_proofs = [(p.time, p.fields or {"event.action": p.kind, "event.id": p.event_id}) for p in proofs]
    drawn = ladder(shown_proofs, shown.settings.names, shown.settings.roles)
    has_capture = bool(shown.store.frames([proof.event_id for proof in proofs]))
    return AlertPage(
        alert,
        record.triage,
        who(alert, [proof.fields for proof in proofs]),
        techniques(alert.rule.tags),
        proofs,
        drawn,
        has_capture,
        shown.store.history(alert.id),
        notice,
        conflict,
        error,
        note,
    )


def _proof(shown: Console, event_id: str, kind: str, time: int, source: str, packet: int) -> Proof:
    found = shown.store.event(event_id) or {}
    fields: dict[str, Value] = {name: value for name, value in found.items() if name not in _NOT_SHOWN}
    if fields:
        fields["event.id"] = event_id
    return Proof(event_id, kind, time, source, packet, fields)
