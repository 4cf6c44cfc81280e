"""Audit: what everybody did, and the proof that nothing of it was changed. For auditors and administrators."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from sentinel.api.parts import Auditing, During, Limit, Using
from sentinel.audit.ledger import Entry, State, Wanted
from sentinel.errors import AuditError
from sentinel.model.audit import Act, Action
from sentinel.model.document import timestamp

router = APIRouter(prefix="/audit", tags=["audit"])


class RecordView(BaseModel):
    """A record: who did what to what, and what came of it."""

    number: int
    time: str
    action: str
    actor: str
    target: str
    outcome: str
    details: dict[str, str | int | bool]
    state: State = Field(description="`proven` under the last checkpoint, `waiting` for the next one, or `broken`")


class RecordPage(BaseModel):
    """Records, the newest first; `before` of the next page."""

    rows: list[RecordView]
    before: int | None
    partial: bool


class VerdictView(BaseModel):
    """What is known of the whole log: verified up to `size` records at `time`, nanoseconds since the epoch."""

    good: bool
    size: int
    time: int
    trouble: str
    silent: bool = Field(description="nobody has verified it for a while")
    checkpoint: str = Field(description="the last one, a signed note")
    key: str = Field(description="the public key, for `sentinel audit verify --key`")


class ProofView(BaseModel):
    """A record and what proves it: SM3(0x00 || `text`) is the leaf, and `path` leads from it to the root of the checkpoint."""

    record: RecordView
    text: str
    leaf: str
    path: list[str]
    checkpoint: str


def record_view(entry: Entry) -> RecordView:
    """The view of a record."""
    record = entry.record
    return RecordView(
        number=record.number, time=timestamp(record.time), action=record.action, actor=record.actor,
        target=record.target, outcome=record.outcome, details=dict(record.details), state=entry.state,
    )  # fmt: skip


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@router.get("")
def list_records(
    caller: Auditing, using: Using, during: During, actor: str = "", action: str = "", target: str = "",
    limit: Limit = 100, before: Annotated[int | None, Query(ge=0)] = None,
) -> RecordPage:  # fmt: skip
    """Records that match, the newest first; heartbeats where they are asked for by `action`."""
    listed = using.ledger.page(Wanted(actor, action, target, during.since, during.until), limit, before)
    return RecordPage(
        rows=[record_view(entry) for entry in listed.entries], before=listed.before, partial=listed.partial
    )


@router.get("/verdict")
def verdict(caller: Auditing, using: Using) -> VerdictView:
    """Whether the log is what was signed, as the keeper of the log last found."""
    found, note = using.ledger.verdict(), using.ledger.heads.last()
    return VerdictView(
        good=found.good, size=found.size, time=found.time, trouble=found.trouble, silent=found.silent,
        checkpoint=note.raw if note else "", key=using.ledger.heads.line,
    )  # fmt: skip


@router.get("/consistency")
def consistency(
    caller: Auditing, using: Using, first: Annotated[int, Query(ge=1)], second: Annotated[int, Query(ge=1)]
) -> list[str]:
    """The hashes, in base64, that show that the log of `first` records begins that of `second` (RFC 9162, 2.1.4)."""
    try:
        return [_text(each) for each in using.ledger.consistency(first, second)]
    except AuditError as error:
        raise HTTPException(404, str(error)) from error


@router.get("/export", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def export(caller: Auditing, using: Using) -> Response:
    """The whole log as a file for `sentinel audit verify` and its stand-alone form; who took it is a record."""
    using.ledger.record(Act(Action.AUDIT_EXPORTED, caller.account.name))
    headers = {"Content-Disposition": 'attachment; filename="sentinel-audit.txt"', "Cache-Control": "no-store"}
    return StreamingResponse(using.ledger.export(), media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/selection", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def selection(
    caller: Auditing, using: Using, during: During, actor: str = "", action: str = "", target: str = ""
) -> Response:  # fmt: skip
    """What is asked for of the signed records, each with its proof, as a file for `sentinel audit verify`; on record."""
    wanted = Wanted(actor, action, target, during.since, during.until)
    try:
        found = using.ledger.selection(wanted)
    except AuditError as error:
        raise HTTPException(404, str(error)) from error
    using.ledger.record(Act(Action.AUDIT_EXPORTED, caller.account.name, details={"about": wanted.told}))
    headers = {
        "Content-Disposition": 'attachment; filename="sentinel-audit-selection.txt"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(found, media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/{number}")
def get_record(number: int, caller: Auditing, using: Using) -> ProofView:
    """One record and its proof."""
    try:
        found = using.ledger.proof(number)
    except AuditError as error:
        raise HTTPException(404, str(error)) from error
    return ProofView(
        record=record_view(found.entry), text=found.entry.octets.decode(), leaf=_text(found.leaf),
        path=[_text(each) for each in found.path], checkpoint=found.note.raw if found.note else "",
    )  # fmt: skip
