"""Resources: applications of the asset register and network functions; who may reach each, and who did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from fastapi import APIRouter, HTTPException, Request, Response

from sentinel.access.deciding.decider import KIND
from sentinel.access.information.catalogue import TRANSPORTS
from sentinel.access.information.pip import SECOND, Asked
from sentinel.model.access import ACTIONS, VERBS, Resource
from sentinel.store.base import Document, Span
from sentinel.web.console import Console
from sentinel.web.gate import Reader, Shown
from sentinel.web.links import link
from sentinel.web.searching import event_time
from sentinel.web.terminals import named
from sentinel.web.views.decisions import Row as DecisionRow
from sentinel.web.views.decisions import decision_row

router = APIRouter(prefix="/resources")
PAGE_SIZE = 50
_SEEN, _DECISIONS = 400, 10
_WEEK = 7 * 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Row:
    """A resource in the list, and the rules of the policy in force that are about it."""

    name: str
    kind: str
    role: str
    address: str
    port: int
    protocol: str
    domain: str
    level: str
    rules: int


@dataclass(frozen=True, slots=True)
class ResourcesPage:
    """All that has a name."""

    rows: Sequence[Row]
    version: int


@dataclass(frozen=True, slots=True)
class MayRow:
    """A terminal that may do what was asked for."""

    supi: str
    group: str


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A terminal that was seen there, what it did how often, and when last."""

    supi: str
    actions: Mapping[str, int]
    last: int


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """One resource: who may, by one action, and who did within the last days."""

    row: Row
    action: str
    actions: Sequence[str]
    may: Sequence[MayRow]
    next: str
    seen: Sequence[SeenRow]
    whole: bool
    decisions: Sequence[DecisionRow]
    rules: Sequence[RuleRow]
    version: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule about it."""

    id: str
    title: str
    title_zh: str
    effect: str
    subjects: Sequence[str]
    actions: Sequence[str]


@router.get("")
def show(request: Request, shown: Shown, visitor: Reader) -> Response:
    """All that has a name."""
    decider = shown.deciding.decider
    rows = [_row(shown, each) for each in decider.pip.catalogue.all]
    return shown.respond(request, visitor, "resources.html", ResourcesPage(rows, decider.pdp.snapshot.version))


def _row(shown: Console, resource: Resource) -> Row:
    site = shown.deciding.decider.pip.site
    asset = next(
        (each for each in site.assets if (each.address, each.port) == (resource.address, str(resource.port))), None
    )
    return Row(
        str(resource), resource.kind, resource.name, resource.address, resource.port, resource.protocol or
        (TRANSPORTS.get(asset.protocol.lower(), "") if asset else ""), asset.domain if asset else "",
        asset.level if asset else "", len(_rules(shown, resource)),
    )  # fmt: skip


def _rules(shown: Console, resource: Resource) -> Sequence[RuleRow]:
    policy = shown.deciding.decider.pdp.snapshot.policy
    return [
        RuleRow(rule.id, rule.title, rule.title_zh, rule.effect.value, rule.subjects, rule.actions)
        for rule in policy.rules if any(each.matches(resource) for each in rule.targets)
    ]  # fmt: skip


@router.get("/{name:path}")
def one(name: str, request: Request, shown: Shown, visitor: Reader, action: str = "", start: int = 0) -> Response:
    """One resource."""
    found = next((each for each in shown.deciding.decider.pip.catalogue.all if str(each) == name), None)
    if found is None:
        raise HTTPException(404)
    action = action if action in VERBS else "connect"
    return shown.respond(request, visitor, "resource.html", _page(shown, found, action, max(0, start)))


def _page(shown: Console, resource: Resource, action: str, start: int) -> ResourcePage:
    decider, now = shown.deciding.decider, time.time_ns()
    groups = {row.supi: row.group for row in decider.pip.site.terminals}
    found = list(islice(decider.subjects(lambda supi: Asked(resource, action, now, supi), start), PAGE_SIZE + 1))
    may = [MayRow(named(shown, supi), groups[supi]) for _, supi in found[:PAGE_SIZE]]
    more = link(f"/resources/{resource}", action=action, start=found[PAGE_SIZE][0]) if len(found) > PAGE_SIZE else ""
    seen, whole = _seen(shown, resource, now)
    decisions = shown.store.events(f'event.action:{KIND} access.resource:"{resource}"', Span(), _DECISIONS).rows
    verbs = [f"{protocol}:{verb}" if verb else protocol for protocol, some in ACTIONS.items() for verb in some or ("",)]
    return ResourcePage(
        _row(shown, resource), action, verbs, may, more, seen, whole, [decision_row(each) for each in decisions],
        _rules(shown, resource), decider.pdp.snapshot.version,
    )  # fmt: skip


def _seen(shown: Console, resource: Resource, now: int) -> tuple[Sequence[SeenRow], bool]:
    """Who was seen there in the last days, of the latest flows and industrial requests; whether those are all."""
    if resource.kind == "nf" or not resource.address:
        return (), True
    query = (f'fiveg.supi:* destination.ip:"{resource.address}" destination.port:{resource.port} '
             "(event.action:flow.started OR ot.direction:request)")  # fmt: skip
    page = shown.store.events(query, Span(now - _WEEK), _SEEN)
    return _tallied(page.rows), page.cursor is None and not page.partial


def _tallied(documents: Sequence[Document]) -> Sequence[SeenRow]:
    counts: dict[str, Counter[str]] = {}
    last: dict[str, int] = {}
    for document in documents:
        supi = str(document.get("fiveg.supi", ""))
        counts.setdefault(supi, Counter())[str(document.get("event.action", ""))] += 1
        last[supi] = max(last.get(supi, 0), event_time(document))
    rows = [SeenRow(supi, dict(found.most_common(6)), last[supi]) for supi, found in counts.items()]
    return sorted(rows, key=lambda row: -row.last)
