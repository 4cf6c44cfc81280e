"""The policy decision point: a request and a snapshot of the policy in, a decision with all of its reasons out.

The compiled path (engine C) answers, and casbin (engine B) judges one answer in a hundred again. Should they ever
differ, that is an alarm, casbin's answer stands, and casbin alone answers from then on. Both stand behind one index.
There is no cache of decisions, so that nothing granted can outlive its policy.

INVARIANT: whatever goes wrong, the answer is a denial.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence

from sentinel.access.engine.explain import MOST_MISSES, misses, obligations
from sentinel.access.engine.index import Entry
from sentinel.access.engine.judge import Judge
from sentinel.access.engine.policy import Snapshot
from sentinel.access.engine.rule import failing
from sentinel.model.access import VERBS, Decision, Facts, Miss, Reason, Request
from sentinel.state.calendar import minute_of_week

Alarm = Callable[[str], None]
EVERY = 100  # answers of the compiled path, of which one is judged again


class Pdp:
    """Decides. `every` 1 has casbin judge every answer again, 0 has casbin alone decide."""

    def __init__(self, snapshot: Snapshot, alarm: Alarm, *, every: int = EVERY) -> None:
        self._snapshot = snapshot
        self._alarm = alarm
        self._every = every
        self._asked = itertools.count(1)
        self._local = threading.local()

    @property
    def snapshot(self) -> Snapshot:
        """The policy in force."""
        return self._snapshot

    @property
    def compiled(self) -> bool:
        """Whether the compiled path answers."""
        return self._every > 0

    def swap(self, snapshot: Snapshot) -> None:
        """Put another policy into force: requests under way end under the one they began with."""
        self._snapshot = snapshot

    def decide(self, request: Request) -> Decision:
        """The decision; never raises."""
        snapshot = self._snapshot  # read once: one request, one policy
        try:
            return self._decide(snapshot, request)
        except Exception as error:  # noqa: BLE001  # deny is the failure mode, whatever failed
            self._alarm(f"a request could not be judged, and was denied: {type(error).__name__}: {error}")
            return Decision(False, Reason.FAILURE, snapshot.version, snapshot.digest)

    def _decide(self, snapshot: Snapshot, request: Request) -> Decision:
        if not (request.subject.known and request.resource.known and request.action in VERBS):
            return Decision(False, _unknown(request), snapshot.version, snapshot.digest)
        candidates = snapshot.index.candidates(request)
        every = self._every
        if not every:
            return self._judged(snapshot, candidates, request)
        decision = _compiled(snapshot, candidates, request) if candidates else snapshot.nothing
        if next(self._asked) % every == 0:
            return self._again(snapshot, candidates, request, decision)
        return decision

    def _judged(self, snapshot: Snapshot, candidates: Iterable[Entry], request: Request) -> Decision:
        """Engine B: casbin's verdict, with the reasons that an interpreter finds for it."""
        if any(entry.timed for entry in candidates):
            request = with_minute(request, snapshot.policy.zone)
        allowed = self._judge(snapshot).allows([entry.row for entry in candidates], request)
        matched = [entry for entry in candidates if not failing(entry.rule, request)]
        if allowed is not _verdict(matched):
            raise RuntimeError("casbin and the reasons for its verdict differ")
        return _answer(snapshot, matched, () if allowed else misses(candidates, request), allowed=allowed)

    def _again(
        self, snapshot: Snapshot, candidates: Iterable[Entry], request: Request, decision: Decision
    ) -> Decision:  # fmt: skip
        judged = self._judged(snapshot, candidates, request)
        if judged != decision:
            self._every = 0
            self._alarm(
                f"the compiled path answered {decision.allowed} by {list(decision.rules)} and casbin "
                f"{judged.allowed} by {list(judged.rules)}; casbin alone decides from now on"
            )
        return judged

    def _judge(self, snapshot: Snapshot) -> Judge:
        """The enforcer of this thread; another one for another model."""
        model, judge = getattr(self._local, "judge", ("", None))
        if judge is None or model != snapshot.policy.model:
            judge = Judge(snapshot.policy.model)
            self._local.judge = (snapshot.policy.model, judge)
        return judge


def with_minute(request: Request, zone: str) -> Request:
    """The request with the minute of the week there, for conditions that ask for hours."""
    context = _with_minute(request.context, zone)
    return Request(request.subject, request.site, request.resource, request.action, context)


def _with_minute(facts: Facts, zone: str) -> Facts:
    time = facts.get("time")
    return {**facts, "minute": minute_of_week(time, zone)} if isinstance(time, int) else facts


def _unknown(request: Request) -> Reason:
    """What is not known is denied before any rule is asked."""
    if not request.subject.known:
        return Reason.UNKNOWN_TERMINAL
    return Reason.UNKNOWN_ACTION if request.resource.known else Reason.UNKNOWN_RESOURCE


def _verdict(matched: list[Entry]) -> bool:
    return bool(matched) and all([entry.allow for entry in matched])  # noqa: C419  # a list costs less than a generator


def _compiled(snapshot: Snapshot, candidates: Iterable[Entry], request: Request) -> Decision:
    """Engine C: one walk over the candidates, which finds what matches and what just missed."""
    action, facts = request.action, request.context
    matched, missed, allowed, timed = [], [], True, False
    for entry in candidates:
        if entry.timed and not timed:
            facts, timed = _with_minute(facts, snapshot.policy.zone), True
        failed = entry.judge(action, facts)
        if failed is None:
            matched.append(entry)
            if not entry.allow:
                allowed = False
        elif failed:
            missed.append((entry, failed))
    if not missed or (matched and allowed):
        return _answer(snapshot, matched, (), allowed=allowed)
    return _answer(snapshot, matched, _misses(missed, action, facts), allowed=allowed)


def _misses(missed: Sequence[tuple[Entry, str]], action: str, facts: Facts) -> tuple[Miss, ...]:
    return tuple([
        Miss(entry.id, clause, entry.wanted(clause), action if clause == "action" else str(facts.get(clause, "")))
        for entry, clause in missed[:MOST_MISSES]
    ])  # fmt: skip


def _answer(snapshot: Snapshot, matched: list[Entry], missed: tuple[Miss, ...], *, allowed: bool) -> Decision:
    if not matched:
        return snapshot.nothing._replace(misses=missed) if missed else snapshot.nothing
    return Decision(
        allowed, Reason.ALLOWED if allowed else Reason.DENIED, snapshot.version, snapshot.digest,
        tuple([entry.id for entry in matched]), missed, obligations(matched, allowed=allowed),
    )  # fmt: skip
