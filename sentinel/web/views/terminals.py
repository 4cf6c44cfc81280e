"""Terminals: who each is, what it held and does, how far it is trusted and why, and what it may reach now."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.access.authoring.analysis import nearest
from sentinel.access.authoring.cases import resource
from sentinel.access.deciding.decider import KIND
from sentinel.access.engine.pdp import with_minute
from sentinel.access.information.pip import SECOND, Asked
from sentinel.access.information.trust import Term, trust
from sentinel.model.access import VERBS, Fact, Resource
from sentinel.model.alert import AlertState
from sentinel.model.weight import FORGOTTEN, HALF_LIFE
from sentinel.site import Terminal
from sentinel.store.base import AlertFilter, AlertRecord, Span
from sentinel.web.asked import NearMiss, Verdict, near, verdict
from sentinel.web.console import Console
from sentinel.web.gate import Reader, Shown
from sentinel.web.links import link, terminal
from sentinel.web.terminals import HeldRow, held_rows, named, row_of
from sentinel.web.views.decisions import Row as DecisionRow
from sentinel.web.views.decisions import decision_row
from sentinel.web.views.enforcement import HOURS

router = APIRouter(prefix="/terminals")
PAGE_SIZE = 50
_DAY = 24 * 3600 * SECOND
_POINTS = 160
_ALERTS, _DECISIONS, _GRANTS = 10, 10, 100
_OPEN = (AlertState.NEW, AlertState.ACKNOWLEDGED, AlertState.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Row:
    """A terminal in the list; `address` is empty while it has no session that is known."""

    name: str
    group: str
    owner: str
    criticality: str
    trust: int
    address: str
    bound: str


@dataclass(frozen=True, slots=True)
class TerminalsPage:
    """The register, narrowed to what was asked for."""

    q: str
    group: str
    groups: Sequence[str]
    rows: Sequence[Row]
    total: int
    next: str


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term of the trust: what an alert takes from it now, in percent."""

    alert: str
    rule: str
    plane: str
    takes: int
    last: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A resource, and the actions on it that are allowed now."""

    resource: str
    actions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """A request that the visitor tried: the decision, and what would have been needed of every rule."""

    resource: str
    action: str
    verdict: Verdict | None
    misses: Sequence[NearMiss]
    error: str = ""


@dataclass(frozen=True, slots=True)
class TerminalPage:
    """One terminal."""

    name: str
    row: Row
    imei: str
    certificate: str
    slices: str
    dnns: str
    cells: str
    times: str
    until: str
    groups: Sequence[str]
    devices: Sequence[str]
    facts: Mapping[str, Fact]
    held: Sequence[HeldRow]
    history: Sequence[tuple[int, int]]
    terms: Sequence[TermRow]
    alerts: Sequence[AlertRecord]
    decisions: Sequence[DecisionRow]
    grants: Sequence[Grant]
    resources: Sequence[str]
    actions: Sequence[str]
    tried: Tried | None
    version: int
    hours: Sequence[int]


@router.get("")
def show(request: Request, shown: Shown, visitor: Reader, q: str = "", group: str = "", start: int = 0) -> Response:
    """The register."""
    site = shown.deciding.decider.pip.site
    wanted = [row for row in site.terminals if group in {"", row.group} and _about(shown, row, q.strip().lower())]
    start = max(0, start)
    rows = [_row(shown, row) for row in wanted[start : start + PAGE_SIZE]]
    more = link("/terminals", q=q, group=group, start=start + PAGE_SIZE) if len(wanted) > start + PAGE_SIZE else ""
    groups = sorted({row.group for row in site.terminals if row.group})
    return shown.respond(request, visitor, "terminals.html", TerminalsPage(q, group, groups, rows, len(wanted), more))


def _about(shown: Console, row: Terminal, text: str) -> bool:
    """Whether a terminal is meant: where the store seals who it is, by its whole name only."""
    if not text:
        return True
    plain = (row.group, row.owner, row.ip) if shown.sealed else (row.supi, row.imei, row.group, row.owner, row.ip)
    return any(text in each.lower() for each in plain) or text in {row.supi, named(shown, row.supi).lower()}


def _row(shown: Console, row: Terminal) -> Row:
    now = time.time_ns()
    deciding = shown.deciding
    facts = _facts(shown, row, now)
    held = [
        each for each in deciding.decider.pip.held(row.supi, now, now + 1) if each.kind == "address" and not each.until
    ]
    return Row(
        named(shown, row.supi), row.group, row.owner, row.criticality, deciding.trust.trust(row.supi, now).score,
        held[0].key if held else "", str(facts.get("bound", "")),
    )  # fmt: skip


def _facts(shown: Console, row: Terminal, now: int) -> Mapping[str, Fact]:
    """What is known of it now, as a decision would see it."""
    decider = shown.deciding.decider
    asked = Asked(Resource("app", known=False), "connect", now, row.supi)
    return decider.pip.request(asked, decider.pdp.snapshot.policy.groups)[0].context


@router.get("/{name}")
def one(name: str, request: Request, shown: Shown, visitor: Reader, resource: str = "", action: str = "") -> Response:
    """One terminal; with a resource and an action, whether it may, and why. Of one in no register there are events only."""
    shown.looked_at(visitor.known().name, name)
    row = row_of(shown, name)
    if row is None:
        return RedirectResponse(terminal(name), 303)
    return shown.respond(request, visitor, "terminal.html", _page(shown, row, resource, action))


def _page(shown: Console, row: Terminal, resource: str, action: str) -> TerminalPage:
    now = time.time_ns()
    deciding, name = shown.deciding, named(shown, row.supi)
    snapshot = deciding.decider.pdp.snapshot
    held = held_rows(shown, row.supi, now - 30 * _DAY, now + 1)
    alerts = shown.store.alerts(AlertFilter(states=_OPEN, text=f'fiveg.supi:"{name}"'), _ALERTS).rows
    decisions = shown.store.events(f'event.action:{KIND} fiveg.supi:"{name}"', Span(), _DECISIONS).rows
    terms = deciding.trust.kept(row.supi, now)
    return TerminalPage(
        name, _row(shown, row), shown.hide("fiveg.pei", row.imei) if row.imei else "", row.certificate, row.slices, row.dnns,
        row.cells, row.hours, row.until, sorted(snapshot.policy.groups.of(row.group)),
        list(dict.fromkeys(each.pei for each in held if each.pei)), _facts(shown, row, now), held, _history(terms, now),
        _terms(terms, now), alerts, [decision_row(each) for each in decisions], _grants(shown, row, now),
        [str(each) for each in deciding.decider.pip.catalogue.all], sorted(VERBS), _try(shown, row, resource, action, now),
        snapshot.version, HOURS,
    )  # fmt: skip


def _history(terms: Sequence[Term], now: int) -> Sequence[tuple[int, int]]:
    """The score over the days in which terms can weigh, computed again for each moment."""
    since = now - FORGOTTEN * HALF_LIFE
    step = (now - since) // _POINTS
    moments = [since + number * step for number in range(_POINTS)] + [now]
    return [(at, trust(terms, at).score) for at in moments]


def _terms(terms: Sequence[Term], now: int) -> Sequence[TermRow]:
    weighing = sorted(trust(terms, now).terms, key=lambda term: -term.value(now))
    return [TermRow(each.alert, each.name, each.plane, round(100 * each.value(now)), each.last) for each in weighing]


def _grants(shown: Console, row: Terminal, now: int) -> Sequence[Grant]:
    """What it may do now, by the policy in force and what is known of it now."""
    decider = shown.deciding.decider
    found = []
    for each in decider.pip.catalogue.all[:_GRANTS]:
        actions = [verb for verb in sorted(VERBS) if decider.judge(Asked(each, verb, now, row.supi)).decision.allowed]
        found += [Grant(str(each), actions)] if actions else []
    return found


def _try(shown: Console, row: Terminal, wanted: str, action: str, now: int) -> Tried | None:
    """Decide a request that nobody acts upon, and so nobody keeps."""
    if not wanted:
        return None
    decider = shown.deciding.decider
    try:
        asked = Asked(_found(shown, wanted), action, now, row.supi)
    except ValueError as error:
        return Tried(wanted, action, None, (), str(error))
    policy, judged = decider.pdp.snapshot.policy, decider.judge(asked)
    request, decision = judged.request, judged.decision
    misses = [near(each) for each in nearest(policy, with_minute(request, policy.zone)) if each.clause != "subject"]
    return Tried(wanted, action, verdict(decision), () if decision.allowed else misses)


def _found(shown: Console, text: str) -> Resource:
    """The resource as the catalogue knows it."""
    read = resource(text)
    catalogue = shown.deciding.decider.pip.catalogue
    return catalogue.function(read.name) if read.kind == "nf" else catalogue.at(read.address, read.port, read.protocol)
