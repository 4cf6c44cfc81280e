"""Decisions on access: what was decided, for whom, by which rules, and what would have been needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from sentinel.access.authoring.rejudging import again, facts, recorded, texts
from sentinel.access.deciding.decider import KIND
from sentinel.access.deciding.exceptions import GLASS, LOCK, Outside, beyond
from sentinel.access.engine.policy import Policy
from sentinel.errors import AccessError, AnalysisError, PolicyError, QueryError
from sentinel.model.access import Effect, Fact, Reason
from sentinel.model.alert import RuleRef
from sentinel.store.base import Document, Histogram
from sentinel.store.query import parse
from sentinel.web.asked import NearMiss, read_miss
from sentinel.web.console import Console
from sentinel.web.gate import Reader, Shown
from sentinel.web.links import link
from sentinel.web.searching import event_time, histogram, span
from sentinel.web.terminals import HeldRow, held_rows

router = APIRouter(prefix="/decisions")
PAGE_SIZE = 50
_NAMES = ("verdict", "reason", "terminal", "resource", "q", "since", "until")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for, as written there."""

    verdict: str = ""
    reason: str = ""
    terminal: str = ""
    resource: str = ""
    q: str = ""
    since: str = ""
    until: str = ""

    def link(self, **changes: object) -> str:
        """The page with some of this changed."""
        return link("/decisions", **{**{name: getattr(self, name) for name in _NAMES}, **changes})

    @property
    def query(self) -> str:
        """The same as a search for events."""
        parts = [f"event.action:{KIND}"]
        for field, value in (("access.decision", self.verdict), ("access.reason", self.reason)):
            parts += [f"{field}:{value}"] if value else []
        for field, value in (("fiveg.supi", self.terminal), ("access.resource", self.resource)):
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            parts += [f'{field}:"{quoted}"'] if value else []
        return " ".join([*parts, f"({self.q})"] if self.q else parts)


def wish(
    verdict: str = "", reason: str = "", terminal: str = "", resource: str = "", q: str = "", since: str = "", until: str = ""
) -> Wish:  # fmt: skip
    """The wish of a request."""
    known = {each.value for each in Reason}
    return Wish(
        verdict if verdict in ("allow", "deny") else "", reason if reason in known else "", terminal.strip(),
        resource.strip(), q.strip(), since, until,
    )  # fmt: skip


Wished = Annotated[Wish, Depends(wish)]


@dataclass(frozen=True, slots=True)
class Row:
    """A decision in the list."""

    id: str
    time: int
    allowed: bool
    reason: str
    supi: str
    address: str
    resource: str
    action: str
    point: str
    trust: int
    rules: Sequence[str]
    version: int
    miss: NearMiss | None


@dataclass(frozen=True, slots=True)
class DecisionsPage:
    """The page."""

    wish: Wish
    rows: Sequence[Row]
    histogram: Sequence[tuple[int, int]]
    matched: int
    more: bool  # not everything was counted
    partial: bool
    next: str
    error: str = ""
    column: int = 0


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule that matched, with its titles where the version is still known."""

    id: str
    title: str
    title_zh: str
    effect: str


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """An alert that lowered the trust; `rule` is none where the alert is no longer stored."""

    id: str
    rule: RuleRef | None


@dataclass(frozen=True, slots=True)
class Again:
    """What became of deciding it again.

    The state is `same`, `other`, `none` (no policy was in force), `unknown` (no such version) or `partly` (not all of the
    request was recorded).
    """

    state: str
    digest: bool


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """One decision."""

    row: Row
    rules: Sequence[RuleRow]
    misses: Sequence[NearMiss]
    obligations: Mapping[str, Fact]
    facts: Mapping[str, Fact]
    groups: Sequence[str]
    keys: Sequence[str]
    evidence: Sequence[EvidenceRow]
    held: Sequence[HeldRow]
    digest: str
    again: Again


@router.get("")
def show(request: Request, shown: Shown, visitor: Reader, wish: Wished, cursor: str | None = None) -> Response:
    """Decisions, the newest first."""
    try:
        page = _page(shown, wish, cursor)
    except QueryError as mistake:
        page = DecisionsPage(wish, (), (), 0, False, False, "", str(mistake), mistake.column)
    return shown.respond(request, visitor, "decisions.html", page, 400 if page.error else 200)


def _page(shown: Console, wish: Wish, cursor: str | None) -> DecisionsPage:
    during = span(shown, wish.since, wish.until)
    parse(wish.q)  # by itself, so that a mistake is told where the reader wrote it
    found = shown.store.events(wish.query, during, PAGE_SIZE, cursor)
    counted = histogram(shown, wish.query, during) if found.rows else Histogram()
    rows = [decision_row(row) for row in found.rows]
    following = wish.link(cursor=found.cursor) if found.cursor else ""
    return DecisionsPage(wish, rows, counted.parts, counted.total, counted.partial, found.partial, following)


def decision_row(document: Document) -> Row:
    """A decision as a row."""

    def text(name: str) -> str:
        return str(document.get(name, ""))

    misses = texts(document, "access.misses")
    return Row(
        text("event.id"), event_time(document), text("access.decision") == "allow", text("access.reason"), text("fiveg.supi"),
        text("source.ip"), text("access.resource"), text("access.action"), text("access.point"),
        _number(document, "access.trust.score"), texts(document, "access.rules"), _number(document, "access.policy.version"),
        read_miss(misses[0]) if misses else None,
    )  # fmt: skip


def _number(document: Document, name: str) -> int:
    value = document.get(name, 0)
    return value if isinstance(value, int) else 0


@router.get("/{event_id}")
def one(event_id: str, request: Request, shown: Shown, visitor: Reader) -> Response:
    """One decision: why, or why not."""
    found = shown.store.event(event_id)
    if found is None or found.get("event.action") != KIND:
        raise HTTPException(404)
    return shown.respond(request, visitor, "decision.html", _decision(shown, found))


def _decision(shown: Console, document: Document) -> DecisionPage:
    row = decision_row(document)
    policy = _policy(shown, row.version)
    pairs = (pair.partition("=") for pair in texts(document, "access.obligations"))
    keys = [key for key in texts(document, "access.subject") if key != "any"]
    misses = [miss for text in texts(document, "access.misses") if (miss := read_miss(text))]
    supi = _original(shown, row.supi)
    return DecisionPage(
        row, [_rule(shown, policy, name) for name in row.rules], misses,
        {name: int(value) if value.isdigit() else value for name, _, value in pairs}, facts(document),
        [key.removeprefix("grp:") for key in keys if key.startswith("grp:")],
        [key for key in keys if not key.startswith("grp:")],
        [_evidence(shown, name) for name in texts(document, "access.trust.evidence")],
        held_rows(shown, supi, row.time, row.time + 1) if supi else (),
        str(document.get("access.policy.digest", "")), _again(shown, document, supi, policy, row),
    )  # fmt: skip


def _original(shown: Console, name: str) -> str:
    """Whose name it is in the register: for judging again, shown to nobody."""
    return shown.store.originals([name]).get(name, name) if name else ""


def _policy(shown: Console, version: int) -> Policy | None:
    try:
        return shown.deciding.pap.policy(version)
    except (AccessError, PolicyError):
        return None


def _rule(shown: Console, policy: Policy | None, name: str) -> RuleRow:
    known = shown.deciding.known
    if name.startswith(LOCK):
        told = next((each for each in known.locks.everyone() if name == f"{LOCK}{each.id}"), None)
        said = f"{told.owner}: {told.reason}" if told else ""
        return RuleRow(name, said, said, Effect.DENY)
    if name.startswith(GLASS):
        broken = next((each for each in known.glasses.everyone() if name == f"{GLASS}{each.id}"), None)
        said = f"{broken.opener}: {broken.reason}" if broken else ""
        return RuleRow(name, said, said, Effect.ALLOW)
    rule = policy.by_id.get(name) if policy else None
    return RuleRow(name, rule.title, rule.title_zh, rule.effect.value) if rule else RuleRow(name, "", "", "")


def _evidence(shown: Console, name: str) -> EvidenceRow:
    found = shown.store.alert(name)
    return EvidenceRow(name, found.alert.rule if found else None)


def _again(shown: Console, document: Document, supi: str, policy: Policy | None, row: Row) -> Again:
    if not row.version:
        return Again("none", digest=False)
    request = recorded(document, supi, shown.deciding.decider.pip.site.site)
    if policy is None or row.reason == Reason.FAILURE:
        return Again("unknown", digest=False)
    if request is None:
        return Again("partly", digest=False)
    try:
        outside = Outside.read(texts(document, "access.outside"))
        decided = beyond(again(request, policy, row.version), policy, outside)
    except (AnalysisError, ValueError):
        return Again("other", digest=False)
    same = (decided.allowed, decided.reason.value, set(decided.rules)) == (row.allowed, row.reason, {*row.rules})
    return Again("same" if same else "other", decided.digest == document.get("access.policy.digest"))
