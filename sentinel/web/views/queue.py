"""The alert queue: the home page. The address is the state; nothing is kept elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.accounts.roles import Permission
from sentinel.errors import QueryError
from sentinel.model.alert import AlertState, RuleRef, Severity, Triage
from sentinel.model.event import Scalar
from sentinel.store.base import AlertFilter, AlertRecord, Page, Span
from sentinel.store.moment import parse_moment
from sentinel.web.console import Console
from sentinel.web.gate import Owner, Reader, Shown
from sentinel.web.links import link
from sentinel.web.visitor import Visitor
from sentinel.web.worker import WorkerView

router = APIRouter()
OPEN = (AlertState.NEW, AlertState.ACKNOWLEDGED, AlertState.IN_PROGRESS)
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for, as written there."""

    state: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    assignee: str = ""
    q: str = ""
    since: str = ""
    until: str = ""

    def link(self, **changes: object) -> str:
        """The queue with some of this changed."""
        mine = {name: getattr(self, name) for name in ("state", "severity", "rule", "assignee", "q", "since", "until")}
        return link("/alerts", **{**mine, **changes})

    def filter(self, name: str, now: int) -> AlertFilter:
        """The filter for the store; raises `QueryError`. Without a state, open alerts are meant."""
        states = tuple(AlertState(value) for value in self.state if value in set(AlertState))
        if not states and "all" not in self.state:
            states = OPEN
        severities = tuple(Severity(value) for value in self.severity if value in set(Severity))
        assignee = name if self.assignee == "me" else self.assignee
        span = Span(parse_moment(self.since, now), parse_moment(self.until, now))
        return AlertFilter(states, severities, self.rule, assignee, self.q, span)


def wish(
    state: Annotated[tuple[str, ...], Query()] = (),
    severity: Annotated[tuple[str, ...], Query()] = (),
    rule: Annotated[tuple[str, ...], Query()] = (),
    assignee: str = "",
    q: str = "",
    since: str = "",
    until: str = "",
) -> Wish:
    """The wish of a request."""
    rules = tuple(slug for slug in rule if slug)
    return Wish(state, severity, rules, assignee, q.strip(), since, until)


Wished = Annotated[Wish, Depends(wish)]


@dataclass(frozen=True, slots=True)
class Row:
    """An alert in the queue."""

    id: str
    rule: RuleRef
    severity: Severity
    entity: tuple[tuple[str, Scalar], ...]
    first: int
    last: int
    count: int
    triage: Triage


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter that can be put on or off: its value, how many alerts it would show, and the link that does it."""

    value: str
    count: int
    chosen: bool
    link: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Key figures over all open alerts."""

    new: int
    urgent: int
    in_progress: int
    unassigned: int
    mine: int
    severities: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the last action did: how many it changed and skipped, and the key with which it can be undone."""

    action: str = ""
    changed: int = 0
    skipped: int = 0
    undo: str = ""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """The page: rows, filters with their counts, key figures, and how the worker is."""

    wish: Wish
    rows: Sequence[Row]
    total: int
    partial: bool
    next: str
    error: str
    column: int
    views: Sequence[Choice]
    severities: Sequence[Choice]
    rules: Sequence[Choice]
    overview: Overview
    worker: WorkerView
    renew: str
    notice: Notice


@router.get("/")
def home(visitor: Owner) -> Response:
    """The home page is the queue; for who reads no alerts, how the service is doing."""
    return RedirectResponse("/alerts" if visitor.may(Permission.READ) else "/status", 303)


@router.get("/alerts")
def queue(
    request: Request,
    shown: Shown,
    visitor: Reader,
    wish: Wished,
    cursor: str | None = None,
    notice: str = "",
    changed: int = 0,
    skipped: int = 0,
    undo: str = "",
) -> Response:
    """The queue; only its live part when the page renews itself."""
    page = queue_page(shown, visitor, wish, cursor)
    page = replace(page, notice=Notice(notice, changed, skipped, undo))
    live = request.headers.get("HX-Request") == "true"
    return shown.respond(request, visitor, "_queue.html" if live else "queue.html", page, 400 if page.error else 200)


def queue_page(shown: Console, visitor: Visitor, wish: Wish, cursor: str | None) -> QueuePage:
    """The page model; a query with a mistake gives the page with the mistake on it."""
    error, column = "", 0
    page: Page[AlertRecord] = Page(())
    counts: Mapping[str, Mapping[str, int]] = {}
    try:
        wanted = wish.filter(visitor.name, time.time_ns())
        page = shown.store.alerts(wanted, PAGE_SIZE, cursor)
        counts = shown.store.alert_counts(wanted)
    except QueryError as mistake:
        error, column = str(mistake), mistake.column
        wanted = replace(wish, q="", since="", until="").filter(visitor.name, 0)
    return QueuePage(
        wish,
        [_row(record) for record in page.rows],
        sum(counts.get("state", {}).values()),
        page.partial,
        wish.link(cursor=page.cursor) if page.cursor else "",
        error,
        column,
        _views(wish),
        _severities(shown, wish, wanted),
        _rules(wish, counts.get("rule", {})),
        _overview(shown, visitor),
        shown.worker(),
        wish.link(poll=1, cursor=cursor),
        Notice(),
    )


def _row(record: AlertRecord) -> Row:
    alert = record.alert
    return Row(alert.id, alert.rule, alert.severity, alert.entity, alert.first, alert.last, alert.count, record.triage)


def _overview(shown: Console, visitor: Visitor) -> Overview:
    everything = AlertFilter(states=OPEN)
    counts = shown.store.alert_counts(everything)
    states, severities = counts.get("state", {}), counts.get("severity", {})
    unassigned, mine = (_total(shown, replace(everything, assignee=who)) for who in ("-", visitor.name))
    urgent = severities.get(Severity.CRITICAL, 0) + severities.get(Severity.HIGH, 0)
    return Overview(
        states.get(AlertState.NEW, 0),
        urgent,
        states.get(AlertState.IN_PROGRESS, 0),
        unassigned,
        mine,
        {severity.value: severities.get(severity, 0) for severity in reversed(Severity)},
    )


def _total(shown: Console, wanted: AlertFilter) -> int:
    return sum(shown.store.alert_counts(wanted).get("state", {}).values())


def _views(wish: Wish) -> list[Choice]:
    views = (
        ("open", (), ""),
        ("mine", (), "me"),
        ("unassigned", (), "-"),
        ("closed", ("closed",), ""),
        ("all", ("all",), ""),
    )
    return [
        Choice(name, 0, wish.state == state and wish.assignee == assignee, wish.link(state=state, assignee=assignee))
        for name, state, assignee in views
    ]


def _severities(shown: Console, wish: Wish, wanted: AlertFilter) -> list[Choice]:
    counts = shown.store.alert_counts(replace(wanted, severities=())).get("severity", {})
    return [
        Choice(
            severity.value,
            counts.get(severity, 0),
            severity in wish.severity,
            wish.link(severity=_toggled(wish.severity, severity.value)),
        )
        for severity in reversed(Severity)
    ]


def _toggled(chosen: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(v for v in chosen if v != value) if value in chosen else (*chosen, value)


def _rules(wish: Wish, counts: Mapping[str, int]) -> list[Choice]:
    listed = {**dict.fromkeys(wish.rule, 0), **counts}
    ordered = sorted(listed.items(), key=lambda item: (-item[1], item[0]))
    return [Choice(slug, count, slug in wish.rule, wish.link(rule=(slug,))) for slug, count in ordered]
