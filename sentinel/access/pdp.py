"""The policy decision point: a request and a snapshot of the policy in, a decision with all of its reasons out.

The compiled path (engine C) answers, and casbin (engine B) judges one answer in a hundred again. Should they ever
differ, that is an alarm, casbin's answer stands, and casbin alone answers from then on. Both stand behind one index.
There is no cache of decisions, so that nothing granted can outlive its policy.

INVARIANT: whatever goes wrong, the answer is a denial.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

from sentinel.access.explain import misses, obligations
from sentinel.access.index import Entry
from sentinel.access.judge import Judge
from sentinel.access.policy import Snapshot
from sentinel.access.rule import failing
from sentinel.model.access import VERBS, Decision, Reason, Request
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
        refused = _refused(request)
        if refused is not None:
            return Decision(False, refused, snapshot.version, snapshot.digest)
        candidates = snapshot.index.candidates(request)
        if any([entry.timed for entry in candidates]):  # noqa: C419  # a list costs less than a generator
            request = with_minute(request, snapshot.policy.zone)
        every = self._every
        if not every:
            return self._judged(snapshot, candidates, request)
        matched = [e for e in candidates if request.action in e.actions and e.test(request.context)]
        decision = _answer(snapshot, candidates, matched, request, allowed=_verdict(matched))
        if next(self._asked) % every == 0:
            return self._again(snapshot, candidates, request, decision)
        return decision

    def _judged(self, snapshot: Snapshot, candidates: list[Entry], request: Request) -> Decision:
        """Engine B: casbin's verdict, with the rules that an interpreter finds to match."""
        allowed = self._judge(snapshot).allows([entry.row for entry in candidates], request)
        matched = [entry for entry in candidates if not failing(entry.rule, request)]
        if allowed is not _verdict(matched):
            raise RuntimeError("casbin and the reasons for its verdict differ")
        return _answer(snapshot, candidates, matched, request, allowed=allowed)

    def _again(
        self, snapshot: Snapshot, candidates: list[Entry], request: Request, decision: Decision
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
    if "time" not in request.context:
        return request
    context = {**request.context, "minute": minute_of_week(request.time, zone)}
    return Request(request.subject, request.site, request.resource, request.action, context)


def _refused(request: Request) -> Reason | None:
    """What is not known is denied before any rule is asked."""
    if not request.subject.known:
        return Reason.UNKNOWN_TERMINAL
    if not request.resource.known:
        return Reason.UNKNOWN_RESOURCE
    return None if request.action in VERBS else Reason.UNKNOWN_ACTION


def _lacking(snapshot: Snapshot) -> Reason:
    return Reason.NO_RULE if snapshot.version or snapshot.policy.rules else Reason.NO_POLICY


def _verdict(matched: list[Entry]) -> bool:
    return bool(matched) and all(entry.allow for entry in matched)


def _answer(
    snapshot: Snapshot, candidates: list[Entry], matched: list[Entry], request: Request, *, allowed: bool
) -> Decision:  # fmt: skip
    if allowed:
        reason = Reason.ALLOWED
    else:
        reason = Reason.DENIED if any(not entry.allow for entry in matched) else _lacking(snapshot)
    return Decision(
        allowed, reason, snapshot.version, snapshot.digest, tuple(entry.id for entry in matched),
        () if allowed else misses(candidates, request), obligations(matched, allowed=allowed),
    )  # fmt: skip
