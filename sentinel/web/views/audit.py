"""Audit, for auditors and administrators: who did what, how far that is proven, and how to check it without us."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from sentinel.audit import standalone
from sentinel.audit.ledger import Entry, Verdict, Wanted
from sentinel.errors import AuditError, QueryError
from sentinel.model.audit import Act, Action, Detail
from sentinel.store.moment import parse_moment
from sentinel.web.console import Console
from sentinel.web.gate import Auditing, Shown
from sentinel.web.links import link

router = APIRouter(prefix="/audit")
PAGE_SIZE = 50
FILE = "sentinel-audit.txt"
SELECTION = "sentinel-audit-selection.txt"
SCRIPT = "audit-verify.py"


@dataclass(frozen=True, slots=True)
class Row:
    """A record; `host` says that the actor ran a command on the host, under that name."""

    number: int
    time: int
    actor: str
    host: bool
    action: str
    target: str
    outcome: str
    details: Mapping[str, Detail]
    state: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last checkpoint: how many records it covers, when it was signed, and by whom it was cosigned."""

    size: int
    time: int
    text: str
    witnesses: Sequence[str]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The page; `broken` says that a record on it is not under its checkpoint, `error` that the log cannot be read."""

    actor: str
    action: str
    target: str
    since: str
    rows: Sequence[Row]
    next: str
    selection: str
    partial: bool
    verdict: Verdict
    broken: bool
    error: str
    head: Head | None
    key: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One record as it is stored, its leaf, and the hashes that lead to the root of the checkpoint."""

    row: Row
    text: str
    leaf: str
    path: Sequence[str]
    head: Head | None


@router.get("")
def show(
    request: Request, shown: Shown, visitor: Auditing, actor: str = "", action: str = "", target: str = "",
    since: str = "", before: int | None = None,
) -> Response:  # fmt: skip
    """The records, the newest first."""
    page = _page(shown, _asked(shown, actor, action, target, since), since, before)
    return shown.respond(request, visitor, "audit.html", page, 503 if page.error else 200)


def _asked(shown: Console, actor: str, action: str, target: str, since: str) -> Wanted:
    return Wanted(actor.strip(), action if action in set(Action) else "", target.strip(), _since(shown, since))


def _since(shown: Console, text: str) -> int | None:
    try:
        return parse_moment(text, time.time_ns(), shown.zone)
    except QueryError:
        return None


def _page(shown: Console, asked: Wanted, since: str, before: int | None) -> AuditPage:
    ledger = shown.ledger
    entries: Sequence[Entry] = ()
    following, partial, error = None, False, ""
    try:
        listed = ledger.page(asked, PAGE_SIZE, before)
        entries, following, partial = listed.entries, listed.before, listed.partial
    except AuditError as mistake:
        error = str(mistake)
    selection = link("/audit/selection", actor=asked.actor, action=asked.action, target=asked.target, since=since)
    again = link("/audit", actor=asked.actor, action=asked.action, target=asked.target, since=since, before=following)
    rows = [_row(entry) for entry in entries]
    return AuditPage(
        asked.actor, asked.action, asked.target, since, rows, again if following else "", selection, partial, ledger.verdict(),
        any(row.state == "broken" for row in rows), error, _head(shown), ledger.heads.line,
    )  # fmt: skip


def _row(entry: Entry) -> Row:
    record = entry.record
    name = record.actor.removeprefix("command:")
    return Row(
        record.number, record.time, name, name != record.actor, record.action, record.target, record.outcome,
        record.details, entry.state.value,
    )  # fmt: skip


def _head(shown: Console) -> Head | None:
    note = shown.ledger.heads.last()
    if note is None:
        return None
    return Head(note.size, parse_moment(note.time, 0) or 0, note.raw, [name for name, _ in note.signatures[1:]])


@router.get("/export")
def export(shown: Shown, visitor: Auditing) -> Response:
    """The whole log as a file; who took it is a record."""
    shown.ledger.record(Act(Action.AUDIT_EXPORTED, visitor.name))
    headers = {"Content-Disposition": f'attachment; filename="{FILE}"', "Cache-Control": "no-store"}
    return StreamingResponse(shown.ledger.export(), media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/selection")
def selection(
    shown: Shown, visitor: Auditing, actor: str = "", action: str = "", target: str = "", since: str = ""
) -> Response:  # fmt: skip
    """The records that were searched for, each with its proof, as a file; who took it is a record."""
    wanted = _asked(shown, actor, action, target, since)
    try:
        found = shown.ledger.selection(wanted)
    except AuditError as error:
        raise HTTPException(404) from error
    shown.ledger.record(Act(Action.AUDIT_EXPORTED, visitor.name, details={"about": wanted.told}))
    headers = {"Content-Disposition": f'attachment; filename="{SELECTION}"', "Cache-Control": "no-store"}
    return StreamingResponse(found, media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/verify.py")
def script(visitor: Auditing) -> Response:
    """The verifier as one file that needs nothing of Sentinel."""
    headers = {"Content-Disposition": f'attachment; filename="{SCRIPT}"'}
    return Response(Path(standalone.__file__).read_bytes(), media_type="text/x-python", headers=headers)


@router.get("/{number}")
def record(number: int, request: Request, shown: Shown, visitor: Auditing) -> Response:
    """One record and its proof."""
    try:
        found = shown.ledger.proof(number)
    except AuditError as error:
        raise HTTPException(404) from error
    page = RecordPage(
        _row(found.entry), found.entry.octets.decode(), found.leaf.hex(), [each.hex() for each in found.path],
        _head(shown) if found.note else None,
    )  # fmt: skip
    return shown.respond(request, visitor, "audit_record.html", page)
