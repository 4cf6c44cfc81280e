"""What a policy means, before it is published: its analysis, its tests, what it changes, and what it would have decided."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.access.authoring.analysis import analyse, compare
from sentinel.access.authoring.cases import covered, run
from sentinel.access.authoring.files import RULES
from sentinel.access.authoring.whatif import Outcome, Seen, Tally
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.errors import AnalysisError, PolicyError
from sentinel.model.alert import RuleRef
from sentinel.operations.replays import Replay
from sentinel.site import Terminal
from sentinel.web.asked import Example, Verdict, example, verdict
from sentinel.web.console import Console
from sentinel.web.gate import Reader, Shown
from sentinel.web.links import link
from sentinel.web.mistakes import explain
from sentinel.web.terminals import named
from sentinel.web.texts import Text, live, register, text_of
from sentinel.web.visitor import Visitor

router = APIRouter(prefix="/policies/{which}")
SPANS = ("-1h", "-24h", "-7d", "-30d")
USUAL = "-24h"
_SHOWN = 200
_LOST = 12  # things that a terminal would lose, of which the page tells


@dataclass(frozen=True, slots=True)
class FilesPage:
    """The files of a version, one of them open."""

    which: str
    path: str
    text: str
    files: Sequence[str]
    line: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """Something about a rule, because of others, with a request that shows it."""

    kind: str
    rule: str
    title: str
    title_zh: str
    path: str
    line: int
    others: Sequence[str]
    example: Example | None


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    """What is true of the policy for every request; `error` says why that is not known."""

    which: str
    rules: int
    rows: Sequence[FindingRow]
    took: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case and what became of it."""

    name: str
    path: str
    line: int
    problem: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class TestsPage:
    """The cases, and which rules and clauses none of them covers."""

    which: str
    rows: Sequence[CaseRow]
    failed: int
    percent: int
    needed: int
    rules: int
    matched: int
    clauses: int
    tried: int
    missing: Sequence[str]
    error: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A request that the policy in force decides otherwise, and the rule that makes it so."""

    gained: bool
    rule: str
    title: str
    title_zh: str
    example: Example


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """What the text allows and the policy in force does not, and the reverse."""

    which: str
    live: int
    rows: Sequence[ChangeRow]
    added: Sequence[str]
    removed: Sequence[str]
    altered: Sequence[str]
    error: str = ""


@dataclass(frozen=True, slots=True)
class LostRow:
    """What a terminal would lose, or what it did that both deny: and why."""

    outcome: str
    resource: str
    action: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class TerminalRow:
    """What would have become of one terminal's traffic."""

    supi: str
    group: str
    criticality: str
    permitted: int
    rejected: int
    escaped: int
    lost: Sequence[LostRow]


@dataclass(frozen=True, slots=True)
class StoppedRow:
    """An alert whose evidence the draft denies."""

    id: str
    rule: RuleRef
    supi: str
    last: int


@dataclass(frozen=True, slots=True)
class WhatifPage:
    """What the text would have decided of stored traffic; `state` is none, waiting, running or done."""

    which: str
    since: str
    live: int
    state: str
    read: int
    total: int
    accesses: int
    took: float
    counts: Mapping[str, int]
    terminals: Sequence[TerminalRow]
    losers: int
    stopped: Sequence[StoppedRow]
    error: str = ""


@router.get("/files")
def files(which: str, request: Request, shown: Shown, visitor: Reader, file: str = "", rule: str = "") -> Response:
    """The files; with `rule`, where that rule stands."""
    text = text_of(shown, visitor, which)
    names = tuple(text.files)
    found = text.policy().by_id.get(rule) if rule else None
    wished = found.path.as_posix() if found else file
    opened = wished if wished in names else next((name for name in names if name.endswith(RULES)), names[0])
    page = FilesPage(which, opened, text.files[opened], names, found.line if found else 0)
    return shown.respond(request, visitor, "policy_files.html", page)


@router.get("/analysis")
def analysis(which: str, request: Request, shown: Shown, visitor: Reader) -> Response:
    """Dead, overridden and redundant rules and conflicts, each with an example."""
    text = text_of(shown, visitor, which)
    began = time.monotonic()
    try:
        policy = text.policy()
        found = analyse(policy, register(shown, policy), shown.deciding.decider.pip.catalogue.all, time.time_ns())
    except (PolicyError, AnalysisError) as error:
        page = AnalysisPage(which, 0, (), 0.0, explain(str(error), visitor.translate))
    else:
        rows = [
            FindingRow(one.kind.value, one.rule.id, one.rule.title, one.rule.title_zh, one.rule.path.as_posix(), one.rule.line,
                       one.others, example(one.example, named(shown, one.example.subject.supi if one.example else "")))
            for one in found
        ]  # fmt: skip
        page = AnalysisPage(which, len(policy.rules), rows, time.monotonic() - began)
    return shown.respond(request, visitor, "policy_analysis.html", page)


@router.get("/tests")
def tests(which: str, request: Request, shown: Shown, visitor: Reader) -> Response:
    """The cases through both engines."""
    text = text_of(shown, visitor, which)
    try:
        page = _tested(shown, text)
    except PolicyError as error:
        page = TestsPage(
            which, (), 0, 0, shown.deciding.pap.coverage, 0, 0, 0, 0, (), explain(str(error), visitor.translate)
        )
    return shown.respond(request, visitor, "policy_tests.html", page)


def _tested(shown: Console, text: Text) -> TestsPage:
    policy = text.policy()
    outcomes = run(policy, text.files)
    found = covered(policy, outcomes)
    rows = [CaseRow(one.name, one.path.as_posix(), one.line, one.problem, verdict(one.decision)) for one in outcomes]
    failed = sum(bool(one.problem) for one in outcomes)
    return TestsPage(
        text.which, sorted(rows, key=lambda row: not row.problem), failed, found.percent, shown.deciding.pap.coverage,
        found.rules, found.matched, found.clauses, found.tried, found.missing,
    )  # fmt: skip


@router.get("/changes")
def changes(which: str, request: Request, shown: Shown, visitor: Reader) -> Response:
    """What it changes against the policy in force."""
    text, now = text_of(shown, visitor, which), live(shown)
    try:
        page = _changed(shown, text.which, now.policy, text.policy(), now.version)
    except (PolicyError, AnalysisError) as error:
        page = ChangesPage(which, now.version, (), (), (), (), explain(str(error), visitor.translate))
    return shown.respond(request, visitor, "policy_changes.html", page)


def _changed(shown: Console, which: str, old: Policy, new: Policy, number: int) -> ChangesPage:
    if not number:  # no rules, no groups: everything that is allowed is gained
        old = Policy((), new.model, new.groups, new.zone)
    before, after = old.by_id, new.by_id
    rows = []
    for change in compare(old, new, register(shown, new), shown.deciding.decider.pip.catalogue.all, time.time_ns()):
        rule = after.get(change.rule) or before[change.rule]
        shows = example(change.example, named(shown, change.example.subject.supi))
        if shows is not None:
            rows.append(ChangeRow(change.gained, rule.id, rule.title, rule.title_zh, shows))
    altered = [name for name in after if name in before and after[name].row != before[name].row]
    return ChangesPage(
        which, number, rows, [name for name in after if name not in before],
        [name for name in before if name not in after], altered,
    )  # fmt: skip


@router.get("/whatif")
def whatif(which: str, request: Request, shown: Shown, visitor: Reader, since: str = "") -> Response:
    """What it would have decided; only its live part when the page renews itself."""
    page = _whatif(shown, visitor, which, since)
    part = request.headers.get("HX-Request") == "true"
    return shown.respond(request, visitor, "_whatif.html" if part else "policy_whatif.html", page)


@router.post("/whatif")
def replay(which: str, shown: Shown, visitor: Reader, since: Annotated[str, Form(max_length=16)] = USUAL) -> Response:
    """Begin to decide stored traffic again."""
    since = since if since in SPANS else USUAL
    draft = Snapshot.of(text_of(shown, visitor, which).policy())
    shown.deciding.replays.ask(draft, live(shown), since, again=True)
    return RedirectResponse(link(f"/policies/{which}/whatif", since=since), 303)


def _whatif(shown: Console, visitor: Visitor, which: str, since: str) -> WhatifPage:
    since, now = since if since in SPANS else USUAL, live(shown)
    try:
        draft = Snapshot.of(text_of(shown, visitor, which).policy())
    except PolicyError as error:
        said = explain(str(error), visitor.translate)
        return WhatifPage(which, since, now.version, "none", 0, 0, 0, 0.0, {}, (), 0, (), said)
    found = shown.deciding.replays.find(draft, now, since)
    if found is None:
        return WhatifPage(which, since, now.version, "none", 0, 0, 0, 0.0, {}, (), 0, ())
    return _replayed(shown, which, found)


def _replayed(shown: Console, which: str, found: Replay) -> WhatifPage:
    rows = {each.supi: each for each in shown.deciding.decider.pip.site.terminals}
    terminals = [_terminal(shown, tally, rows) for tally in found.tallies[:_SHOWN]]
    stopped = [
        StoppedRow(alert.id, alert.rule, str(dict(alert.entity).get("fiveg.supi", "")), alert.last)
        for alert in sorted(found.stopped.values(), key=lambda each: (-each.severity.rank, -each.last))
    ]
    return WhatifPage(
        which, found.since, found.live.version, "done" if found.done else "running" if found.began else "waiting", found.read,
        max(found.total, found.read), found.accesses, found.took, {each.value: found.count(each) for each in Outcome}, terminals,
        len(found.losers), stopped[:_SHOWN], found.error,
    )  # fmt: skip


def _terminal(shown: Console, tally: Tally, rows: Mapping[str, Terminal]) -> TerminalRow:
    row = rows.get(tally.supi)
    lost = sorted(tally.lost.values(), key=lambda seen: seen.outcome is not Outcome.REJECTED)
    return TerminalRow(
        named(shown, tally.supi), row.group if row else "", row.criticality if row else "",
        tally.counts[Outcome.PERMITTED],
        tally.counts[Outcome.REJECTED],
        tally.counts[Outcome.ESCAPED],
        [_lost(seen) for seen in lost[:_LOST]],
    )  # fmt: skip


def _lost(seen: Seen) -> LostRow:
    return LostRow(seen.outcome.value, str(seen.asked.resource), seen.asked.action, verdict(seen.decision))
