"""Event search: a query, its histogram, its rows; and one event with all of its fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request, Response

from sentinel.errors import QueryError
from sentinel.store.base import Document, Histogram, Span
from sentinel.web.console import Console
from sentinel.web.gate import Reader, Shown
from sentinel.web.links import link
from sentinel.web.searching import event_time, histogram, span

router = APIRouter(prefix="/events")
PAGE_SIZE = 100
DEFAULT_SINCE = "-24h"


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in the list; `decision` and `asked` are of a decision on access."""

    id: str
    time: int
    kind: str
    source: str
    destination: str
    supi: str
    gnb: str
    provider: str
    packet: int
    decision: str
    asked: str


@dataclass(frozen=True, slots=True)
class EventsPage:
    """The page. `widened` says that the usual span held nothing, so all time was searched."""

    q: str
    since: str
    until: str
    rows: Sequence[EventRow]
    histogram: Sequence[tuple[int, int]]
    matched: int
    more: bool  # not everything was counted
    partial: bool
    widened: bool
    next: str
    error: str
    column: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """One event with all of its fields, those of the envelope first."""

    id: str
    time: int
    kind: str
    fields: Document


@router.get("")
def search(
    request: Request,
    shown: Shown,
    visitor: Reader,
    q: str = "",
    since: str = "",
    until: str = "",
    cursor: str | None = None,
) -> Response:
    """Search events; a mistake in the query is shown where it is."""
    try:
        page = _search(shown, q.strip(), since, until, cursor)
    except QueryError as mistake:
        page = EventsPage(q, since, until, (), (), 0, False, False, False, "", str(mistake), mistake.column)
    return shown.respond(request, visitor, "events.html", page, 400 if page.error else 200)


def _search(shown: Console, q: str, since: str, until: str, cursor: str | None) -> EventsPage:
    usual = not since and not until
    during = span(shown, DEFAULT_SINCE if usual else since, until)
    page = shown.store.events(q, during, PAGE_SIZE, cursor)
    widened = usual and not page.rows and cursor is None
    if widened:
        during = Span()
        page = shown.store.events(q, during, PAGE_SIZE, cursor)
    counted = histogram(shown, q, during) if page.rows else Histogram()
    following = link("/events", q=q, since="all" if widened else since, until=until, cursor=page.cursor)
    return EventsPage(
        q,
        since,
        until,
        [_row(row) for row in page.rows],
        counted.parts,
        counted.total,
        counted.partial,
        page.partial,
        widened and bool(page.rows),
        following if page.cursor else "",
        "",
        0,
    )


def _row(document: Document) -> EventRow:
    def text(name: str) -> str:
        value = document.get(name, "")
        return str(value[0] if isinstance(value, tuple) and value else value) if value != () else ""

    def end(side: str) -> str:
        address, port = text(f"{side}.ip"), text(f"{side}.port")
        return f"[{address}]:{port}" if ":" in address and port else f"{address}:{port}" if port else address

    return EventRow(
        text("event.id"),
        event_time(document),
        text("event.action"),
        end("source"),
        end("destination"),
        text("fiveg.supi"),
        text("fiveg.gnb.name") or text("fiveg.gnb.id"),
        text("event.provider"),
        int(text("event.sequence") or 0),
        text("access.decision"),
        " ".join(filter(None, (text("access.action"), text("access.resource")))),
    )


@router.get("/{event_id}")
def show(event_id: str, request: Request, shown: Shown, visitor: Reader) -> Response:
    """One event."""
    found = shown.store.event(event_id)
    if found is None:
        raise HTTPException(404)
    page = EventPage(event_id, event_time(found), str(found.get("event.action", "")), found)
    return shown.respond(request, visitor, "event.html", page)
