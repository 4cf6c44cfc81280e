"""Alerts: the queue, one alert, its history, its evidence, and triage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from pydantic import BaseModel, Field

from sentinel.api.parts import Cursor, During, Evident, Limit, Reader, Triager, Using
from sentinel.model.alert import AlertState, ClosingReason, Severity
from sentinel.model.capture import capture
from sentinel.model.document import alert_document, timestamp
from sentinel.operations.triage import Bulk
from sentinel.store.base import AlertFilter, AlertRecord, Change

router = APIRouter(prefix="/alerts", tags=["alerts"])


def wanted(
    during: During,
    state: Annotated[tuple[AlertState, ...], Query()] = (),
    severity: Annotated[tuple[Severity, ...], Query()] = (),
    rule: Annotated[tuple[str, ...], Query()] = (),
    assignee: Annotated[str, Query(description="a name; `-` is unassigned")] = "",
    q: Annotated[str, Query(description="a query over the fields of the alert")] = "",
) -> AlertFilter:
    """The filter that a request names."""
    return AlertFilter(state, severity, rule, assignee, q, during)


Wanted = Annotated[AlertFilter, Depends(wanted)]


class TriageView(BaseModel):
    """What people made of an alert; send `version` back with a change."""

    state: AlertState
    reason: ClosingReason | None
    assignee: str
    version: int


class AlertView(BaseModel):
    """An alert as `sentinel analyze` prints it, and its triage."""

    alert: dict[str, object]
    triage: TriageView


class AlertPage(BaseModel):
    """Alerts by latest activity, newest first."""

    rows: list[AlertView]
    cursor: str | None
    partial: bool


class ChangeBody(BaseModel):
    """What to change; what is left out stays. Closing needs a reason."""

    state: AlertState | None = None
    reason: ClosingReason | None = None
    assignee: str | None = Field(None, description="a name; empty unassigns")
    note: str = ""

    def change(self) -> Change:
        """The change for the store."""
        return Change(self.state, self.reason, self.assignee, self.note)


class TriageBody(ChangeBody):
    """A change of one alert that is still at `version`."""

    version: int


class Listed(BaseModel):
    """An alert and the version it was seen at."""

    id: str
    version: int


class BulkBody(ChangeBody):
    """A change of many alerts: the listed ones, or, if none is listed, all that match the query parameters."""

    alerts: list[Listed] = Field([], max_length=10_000)
    all_matching: bool = False


class BulkView(BaseModel):
    """What a bulk changed and what it left alone, because somebody was faster."""

    changed: list[Listed]
    skipped: list[str]


class HistoryView(BaseModel):
    """One change to an alert."""

    time: str
    actor: str
    what: str
    before: str
    after: str
    note: str


def alert_view(record: AlertRecord) -> AlertView:
    """The view of an alert and its triage."""
    triage = record.triage
    view = TriageView(state=triage.state, reason=triage.reason, assignee=triage.assignee, version=triage.version)
    return AlertView(alert=alert_document(record.alert), triage=view)


def _found(record: AlertRecord | None) -> AlertRecord:
    if record is None:
        raise HTTPException(404, "there is no such alert")
    return record


@router.get("")
def list_alerts(caller: Reader, using: Using, wanted: Wanted, limit: Limit = 100, cursor: Cursor = None) -> AlertPage:
    """Alerts that match."""
    page = using.store.alerts(wanted, limit, cursor)
    return AlertPage(rows=[alert_view(row) for row in page.rows], cursor=page.cursor, partial=page.partial)


@router.get("/counts")
def count_alerts(caller: Reader, using: Using, wanted: Wanted) -> Mapping[str, Mapping[str, int]]:
    """Counts of matching alerts by state, severity and rule."""
    return using.store.alert_counts(wanted)


@router.post("/triage")
def triage_many(body: BulkBody, caller: Triager, using: Using, wanted: Wanted) -> BulkView:
    """Change many alerts at once."""
    if body.all_matching:
        return _bulk_view(using.desk.change_matching(caller.account, wanted, body.change()))
    listed = [(item.id, item.version) for item in body.alerts]
    return _bulk_view(using.desk.change_listed(caller.account, listed, body.change()))


def _bulk_view(bulk: Bulk) -> BulkView:
    changed = [Listed(id=item.id, version=item.version) for item in bulk.changed]
    return BulkView(changed=changed, skipped=list(bulk.skipped))


@router.get("/{alert_id}")
def get_alert(alert_id: str, caller: Reader, using: Using) -> AlertView:
    """One alert."""
    return alert_view(_found(using.store.alert(alert_id)))


@router.post("/{alert_id}/triage")
def triage(alert_id: str, body: TriageBody, caller: Triager, using: Using) -> AlertView:
    """Change one alert, if it is still at `version`."""
    _found(using.store.alert(alert_id))
    return alert_view(using.desk.change(caller.account, alert_id, body.change(), body.version))


@router.get("/{alert_id}/history")
def history(alert_id: str, caller: Reader, using: Using) -> list[HistoryView]:
    """All changes of an alert, oldest first."""
    _found(using.store.alert(alert_id))
    return [
        HistoryView(
            time=timestamp(entry.time),
            actor=entry.actor,
            what=entry.what,
            before=entry.before,
            after=entry.after,
            note=entry.note,
        )
        for entry in using.store.history(alert_id)
    ]


@router.get(
    "/{alert_id}/evidence.pcap",
    response_class=Response,
    responses={200: {"content": {"application/vnd.tcpdump.pcap": {}}}},
)
def evidence(alert_id: str, caller: Evident, using: Using) -> Response:
    """The frames that prove the alert, as a capture file."""
    alert = _found(using.store.alert(alert_id)).alert
    frames = using.frames(alert, caller.account.name)
    if not frames:
        raise HTTPException(404, "no frames were kept for this alert")
    octets, suffix = capture(frames)
    name = re.sub(r"[^\w.-]", "_", f"alert-{alert.rule.slug}-{alert.id}", flags=re.ASCII)
    return Response(
        octets,
        media_type="application/vnd.tcpdump.pcap",
        headers={"Content-Disposition": f'attachment; filename="{name}.{suffix}"', "Cache-Control": "no-store"},
    )
