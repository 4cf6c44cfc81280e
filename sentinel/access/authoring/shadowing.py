"""Which version of the policy judges in shadow, who put it there, and where it differed from the one in force."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select

from sentinel.access.authoring.pap import Pap
from sentinel.errors import AccessError
from sentinel.model.audit import Act, Action
from sentinel.store.base import Document, Span, Store
from sentinel.store.control import ControlDatabase, PolicyShadow, Transaction
from sentinel.store.query import Exists

KIND = "access.decision"
VERSION, DECISION = "access.shadow.version", "access.shadow.decision"
REASON, RULES = "access.shadow.reason", "access.shadow.rules"
MOST = 100  # differences that are told apart in a report


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A version in shadow, since when (seconds since the epoch) and by whom."""

    version: int
    since: float
    by: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What the version in shadow answered otherwise: it allows what was denied (`gained`), or the reverse."""

    gained: bool
    resource: str
    action: str
    rules: tuple[str, ...]  # of the version in shadow
    reason: str
    count: int
    terminals: int


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a shadow so far, the most frequent differences first."""

    shadowed: Shadowed
    judged: int
    gained: int
    lost: int
    differences: tuple[Difference, ...] = field(default=())


class Shadows:
    """Starts and ends shadows; there is one at most."""

    def __init__(self, control: ControlDatabase, pap: Pap, clock: Callable[[], float] = time.time) -> None:
        self._control = control
        self._clock = clock
        self.pap = pap

    def current(self) -> Shadowed | None:
        """The version in shadow."""
        with self._control.begin() as session:
            row = _current(session)
            return Shadowed(row.version, row.since, row.by) if row else None

    def start(self, version: int, *, by: str) -> Shadowed:
        """Put a version into shadow, in place of one that is there; raises `AccessError` if there is none of that number."""
        self.pap.policy(version)
        with self._control.begin() as session:
            self._end(session, by)
            row = PolicyShadow(version=version, since=self._clock(), by=by)
            session.add(row)
            session.tell(Act(Action.POLICY_SHADOWED, by, str(version), details={"step": "started"}))
            return Shadowed(version, row.since, by)

    def stop(self, *, by: str) -> Shadowed:
        """End the shadow; raises `AccessError` if there is none."""
        with self._control.begin() as session:
            row = self._end(session, by)
            if row is None:
                raise AccessError("no version is in shadow")
            return Shadowed(row.version, row.since, row.by)

    def _end(self, session: Transaction, by: str) -> PolicyShadow | None:
        row = _current(session)
        if row is not None:
            row.until = self._clock()
            session.tell(Act(Action.POLICY_SHADOWED, by, str(row.version), details={"step": "ended"}))
        return row


def _current(session: Transaction) -> PolicyShadow | None:
    return session.scalar(select(PolicyShadow).where(PolicyShadow.until == 0.0).order_by(PolicyShadow.id.desc()))


def report(store: Store, shadowed: Shadowed) -> Report:
    """What the decisions say that were kept since the version went into shadow; nobody is named in it."""
    judged, counts = 0, Counter[tuple[bool, str, str, tuple[str, ...], str]]()
    terminals: dict[object, set[str]] = {}
    span = Span(since=int(shadowed.since * 1e9))
    for document in store.scan(Exists(VERSION), [KIND], span):
        if document.get(VERSION) != shadowed.version:
            continue
        judged += 1
        if DECISION in document:
            key = _key(document)
            counts[key] += 1
            terminals.setdefault(key, set()).add(str(document.get("fiveg.supi", "")))
    found = tuple(Difference(*key, count, len(terminals[key])) for key, count in counts.most_common(MOST))
    gained = sum(count for key, count in counts.items() if key[0])
    return Report(shadowed, judged, gained, counts.total() - gained, found)


def _key(document: Document) -> tuple[bool, str, str, tuple[str, ...], str]:
    rules = document.get(RULES, ())
    names = tuple(map(str, rules)) if isinstance(rules, tuple | list) else (str(rules),)
    resource, action = str(document.get("access.resource", "")), str(document.get("access.action", ""))
    return document.get(DECISION) == "allow", resource, action, names, str(document.get(REASON, ""))
