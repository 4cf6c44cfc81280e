"""Cases of a policy: a request is given, a decision and its rules are expected; and what of the policy they cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from sentinel import form
from sentinel.access.authoring.files import CASES, checked
from sentinel.access.authoring.forms import Form
from sentinel.access.engine.conditions import POSTURE
from sentinel.access.engine.pdp import Pdp, with_minute
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.rule import ANYBODY, Rule, failing
from sentinel.access.engine.subject import stranger, subject
from sentinel.access.engine.target import target
from sentinel.errors import PolicyError
from sentinel.model.access import VERBS, Decision, Fact, Request, Resource, application
from sentinel.state.calendar import end_of

_Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class Context(Form):
    """Attributes as of the request; what is left out is not known."""

    slice: _Text | None = None
    dnn: _Text | None = None
    tac: _Text | None = None
    area: _Text | None = None
    cell: _Text | None = None
    rat: _Text | None = None
    time: Annotated[str, BeforeValidator(str)] | None = None
    trust: Annotated[int, Field(ge=0, le=100)] | None = None
    session_age: Annotated[int, Field(ge=0)] | None = None
    facts_age: Annotated[int, Field(ge=0)] | None = None
    bound: Literal["true", "changed", "unproved"] | None = None
    posture: tuple[str, ...] | None = None
    ticket: bool | None = None

    def facts(self, zone: str) -> dict[str, Fact]:
        """The attributes as the PDP reads them; raises `ValueError` for a time that is none."""
        plain = self.model_dump(exclude_none=True, exclude={"time", "posture", "ticket"})
        if self.time is not None:
            moment = end_of(self.time, zone)
            if moment is None:
                raise ValueError(f"`{self.time}` is no time; write 2026-03-02T10:00")
            plain["time"] = moment
        if self.posture is not None:
            plain |= {f"posture:{tag}": "yes" if tag in self.posture else "no" for tag in POSTURE}
        if self.ticket is not None:
            plain["ticket"] = "yes" if self.ticket else "no"
        return plain


class Given(Form):
    """A request; `known: false` is a terminal that is not in the register."""

    supi: _Text = "999990000000001"
    groups: tuple[str, ...] = ()
    imei: _Text = ""
    certificate: str = ""
    known: bool = True
    resource: str
    action: str
    context: Context = Context()

    def request(self, policy: Policy, site: str) -> Request:
        """The same as the PDP reads it."""
        who = subject(policy.groups, self.supi, self.groups, self.imei, self.certificate)
        return Request(
            who if self.known else stranger(self.supi), site, resource(self.resource), self.action,
            self.context.facts(policy.zone),
        )  # fmt: skip


class Expected(Form):
    """The decision, and all rules that match, in any order."""

    decision: Literal["allow", "deny"]
    rules: tuple[str, ...] = ()


class Case(Form):
    """One case."""

    name: str
    given: Given
    expect: Expected


class CasesForm(Form):
    """A file of cases."""

    site: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case; `problem` is empty where it is as expected."""

    name: str
    path: Path
    line: int
    request: Request
    decision: Decision
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which rules matched in some case, and which clauses alone decided against their rule in some case."""

    rules: int
    matched: int
    clauses: int
    tried: int
    missing: tuple[str, ...]

    @property
    def percent(self) -> int:
        """Of rules and clauses together, rounded down."""
        return 100 * (self.matched + self.tried) // max(1, self.rules + self.clauses)


def resource(text: str) -> Resource:
    """A resource as text, `app:plc/10.11.6.50:502/tcp` or `nf:amf`; raises `ValueError`."""
    read = target(text)
    if not read.kind or not (read.single or read.kind == "nf"):
        raise ValueError(f"`{text}` is no resource that can be asked for; write it with one address and one port")
    if read.kind == "nf":
        return Resource("nf", read.name)
    address = text.partition("/")[2].rpartition(":")[0].strip("[]")
    return application(read.name, address, read.ports[0], read.protocol)


def given(document: dict[str, object]) -> Given:
    """A request from a document; raises `ValueError`."""
    try:
        return Given.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"`{'.'.join(map(str, first['loc']))}`: {first['msg'].lower()}") from error


def run(policy: Policy, files: Mapping[str, str], folder: Path = Path()) -> list[Outcome]:
    """All cases among files, each decided by both engines; raises `PolicyError` for a file of another form."""
    trouble: list[str] = []
    pdp = Pdp(Snapshot.of(policy), trouble.append, every=1)
    return [
        _run(pdp, policy, site, case, folder / name, line, trouble)
        for name, text in sorted(files.items())
        if name.endswith(CASES)
        for site, case, line in _read(text, folder / name)
    ]


def _read(text: str, path: Path) -> Iterator[tuple[str, Case, int]]:
    raw, root = form.parse(text, path, PolicyError)
    read, root = checked(CasesForm, raw, root, path)
    for at, case in enumerate(read.cases):
        yield read.site, case, form.line(root, ("cases", at))


def _run(pdp: Pdp, policy: Policy, site: str, case: Case, path: Path, line: int, trouble: list[str]) -> Outcome:
    try:
        request = case.given.request(policy, site)
    except ValueError as error:
        raise PolicyError(f"{case.name}: {error}", path, line) from error
    if case.given.action not in VERBS:
        raise PolicyError(f"{case.name}: `{case.given.action}` is no action", path, line)
    decision = pdp.decide(request)
    problem = trouble.pop() if trouble else _difference(case.expect, decision)
    return Outcome(case.name, path, line, request, decision, problem)


def _difference(expected: Expected, decision: Decision) -> str:
    got = "allow" if decision.allowed else "deny"
    if got == expected.decision and set(decision.rules) == set(expected.rules):
        return ""
    why = "".join(f"; {miss}" for miss in decision.misses)
    return f"expected {expected.decision} by {list(expected.rules)}, got {got} by {list(decision.rules)}{why}"


def covered(policy: Policy, outcomes: Iterable[Outcome]) -> Coverage:
    """What of the policy the cases show; a clause is tried where it alone kept its rule from matching."""
    matched: set[str] = set()
    tried: set[tuple[str, str]] = set()
    for outcome in outcomes:
        request = with_minute(outcome.request, policy.zone)
        for rule in policy.rules:
            failed = failing(rule, request)
            if not failed:
                matched.add(rule.id)
            elif len(failed) == 1:
                tried.add((rule.id, failed[0]))
    clauses = {(rule.id, name) for rule in policy.rules for name in _clauses(rule)}
    missing = [rule.id for rule in policy.rules if rule.id not in matched]
    missing += [f"{rule}: {clause}" for rule, clause in sorted(clauses - tried)]
    return Coverage(len(policy.rules), len(matched), len(clauses), len(clauses & tried), tuple(missing))


def _clauses(rule: Rule) -> list[str]:
    """The clauses that cases are to try; `any` action cannot fail."""
    return [*([] if rule.actions == (ANYBODY,) else ["action"]), *(atom.name for atom in rule.atoms)]
