"""Decisions for enforcement points: facts from the PIP, a verdict from the PDP, locks and break-glass, a record of it all.

An answer is given when its record is written into the audit log, so that no kill loses it; the disk is synchronised some
milliseconds later. The event in the store follows: it is for searching, and after a kill the audit log alone may have the
last ones.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from sentinel.access.authoring.pap import Pap
from sentinel.access.deciding.entries import Entries, act
from sentinel.access.deciding.exceptions import NOTHING, Outside, beyond
from sentinel.access.deciding.glass import Glasses
from sentinel.access.deciding.locks import Locks
from sentinel.access.deciding.recorder import Recorder
from sentinel.access.deciding.shadow import Shadow
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.subject import stranger
from sentinel.access.information.pip import Asked, Pip
from sentinel.access.information.trust import Trust
from sentinel.errors import AuditError, SentinelError, StoreError
from sentinel.model.access import VERBS, Decision, Facts, Reason, Request, Resource
from sentinel.model.audit import Act, Outcome
from sentinel.model.event import PlainEvent, Value

KIND = "access.decision"
_LOG = logging.getLogger(__name__)
Candidate = TypeVar("Candidate", str, Resource)


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, its id, and the trust that went into it."""

    id: str
    decision: Decision
    trust: Trust


@dataclass(frozen=True, slots=True)
class Judged:
    """A request as it was understood, and what came of it; nobody has been told yet."""

    asked: Asked
    request: Request
    decision: Decision
    trust: Trust
    error: str = ""  # what was wrong with it, where it could not be asked at all
    epoch: int = 0  # of what it rests on
    outside: Outside = NOTHING

    @property
    def supi(self) -> str:
        """The terminal that it is about."""
        return self.request.subject.supi


class Keeper(Protocol):
    """Whoever keeps what was allowed, and takes it back when it does not hold any more."""

    @property
    def epoch(self) -> int:
        """Counts changes of what decisions rest on."""

    def granted(self, judged: Judged, decision: str, point: str, epoch: int) -> None:
        """This was allowed by the decision of this id; what changed since that epoch has it decided again."""


class Decider:
    """Answers enforcement points. Until a policy is published everything is denied."""

    def __init__(
        self, pip: Pip, pap: Pap, entries: Entries, recorder: Recorder, shadow: Shadow, model: str, locks: Locks,
        glasses: Glasses,
    ) -> None:  # fmt: skip
        self._pip = pip
        self._pap = pap
        self._entries, self._recorder = entries, recorder
        self.withheld = ""  # why what was published last is not in force
        self._failed = ""  # why the last ones are not on record
        self._locks, self._glasses = locks, glasses
        self.keeper: Keeper | None = None
        self.shadow = shadow
        self.pdp = Pdp(Snapshot.of(Policy((), model)), _alarm)
        self._numbers = itertools.count(secrets.randbits(32))  # another process begins elsewhere

    @property
    def pip(self) -> Pip:
        """Where facts come from."""
        return self._pip

    @property
    def unrecorded(self) -> str:
        """Why decisions cannot be kept, and so nothing is granted; empty where they can."""
        return self._failed or self._recorder.problem

    @property
    def crowded(self) -> bool:
        """Whether so many decisions wait to be kept that what nobody asked for is to wait."""
        return self._recorder.crowded

    def decide(self, asked: Asked, point: str) -> Answer:
        """Decide, and keep the decision. What goes wrong is a denial."""
        return self.answer([self.judge(asked)], point)[0]

    def answer(self, several: Sequence[Judged], point: str) -> Sequence[Answer]:
        """Keep what was judged, all of it as one group, and see to it that it is taken back when it holds no more."""
        answers = self._kept(several, point, [""] * len(several))
        for judged, answer in zip(several, answers, strict=True):
            if answer.decision.allowed and self.keeper is not None:
                self.keeper.granted(judged, answer.id, point, judged.epoch)
        return answers

    def judge(self, asked: Asked) -> Judged:
        """What is to be decided now; nobody is told."""
        epoch = self.keeper.epoch if self.keeper else 0  # before anything is looked at
        try:
            request, trust = self._pip.request(asked, self.pdp.snapshot.policy.groups)
            outside = self._outside(request, asked.at)
            decision = beyond(self.pdp.decide(request), self.pdp.snapshot.policy, outside)
            self._recorder.check()
        except Exception as error:  # noqa: BLE001  # deny is the failure mode, whatever failed
            _alarm(f"a request could not be judged, and was denied: {error}")
            request, trust = Request(stranger(asked.supi), "", asked.resource, asked.action), Trust(0, ())
            decision, outside = self._failure(), NOTHING
        return Judged(asked, request, decision, trust, epoch=epoch, outside=outside)

    def _outside(self, request: Request, now: int) -> Outside:
        glasses = [glass for glass in self._glasses.open(now) if glass.meets(request)]
        return Outside.of(self._locks.on(request, now), glasses, now)

    def refused(self, asked: Asked, reason: Reason, error: str = "") -> Judged:
        """A denial of what cannot be asked at all, with what was wrong with it."""
        snapshot = self.pdp.snapshot
        decision = Decision(False, reason, snapshot.version, snapshot.digest)
        nobody = Request(stranger(asked.supi), "", asked.resource, asked.action)
        return Judged(asked, nobody, decision, Trust(0, ()), error)

    def refuse(self, asked: Asked, point: str, reason: Reason) -> Answer:
        """Deny it, and keep that."""
        return self.keep(self.refused(asked, reason), point)

    def keep(self, judged: Judged, point: str, revoked: str = "") -> Answer:
        """Give a decision its id, and keep it; `revoked` is the decision that it takes the place of."""
        return self._kept([judged], point, [revoked])[0]

    def replace(self, several: Sequence[Judged], point: str, revoked: Sequence[str]) -> Sequence[Answer]:
        """The same of several, as one group: each takes the place of a decision."""
        return self._kept(several, point, revoked)

    def _kept(self, several: Sequence[Judged], point: str, revoked: Sequence[str]) -> Sequence[Answer]:
        answers = [self._answer(judged) for judged in several]
        acts = [act(each.id, point, judged.request, each.decision, self._entries.named, judged.outside)
                for each, judged in zip(answers, several, strict=True)]  # fmt: skip
        try:
            self._entries.record(*acts)
        except AuditError as error:
            self._failed = str(error)
            _alarm(f"decisions are not on record, and so are denied: {error}")
            return [replace(each, decision=self._failure()) for each in answers]
        self._failed = ""
        return [self._searchable(answer, judged, told, point, before)
                for answer, judged, told, before in zip(answers, several, acts, revoked, strict=True)]  # fmt: skip

    def _answer(self, judged: Judged) -> Answer:
        number = next(self._numbers) & 0xFFFFFFFF
        return Answer(f"{judged.asked.at:016x}-{number:08x}", judged.decision, judged.trust)

    def _searchable(self, answer: Answer, judged: Judged, told: Act, point: str, revoked: str) -> Answer:
        """The answer, when its event is on its way into the store; where there is no room for it, a denial."""
        try:
            event = _event(answer, judged, point, revoked)
            self._recorder.put(self.shadow.noted(event, judged.request, answer.decision))
        except StoreError as error:
            _alarm(str(error))
            with contextlib.suppress(AuditError):  # it is denied, whatever the record says
                self._entries.record(replace(told, outcome=Outcome.FAILED))
            return replace(answer, decision=self._failure())
        return answer

    def _failure(self) -> Decision:
        return Decision(False, Reason.FAILURE, self.pdp.snapshot.version, self.pdp.snapshot.digest)

    def would(self, asked: Asked) -> bool:
        """A decision that nobody acts upon, and so nobody keeps."""
        return self.judge(asked).decision.allowed

    def allowed(self, asked: Asked, resources: Sequence[Resource]) -> Iterator[Asked]:
        """Which of these one terminal would be allowed, its facts looked up once; nobody acts upon it, and nobody keeps it."""
        try:
            self._recorder.check()
            request = self._pip.request(asked, self.pdp.snapshot.policy.groups)[0]
        except Exception as error:  # noqa: BLE001  # deny is the failure mode, whatever failed
            _alarm(f"requests could not be judged, and were denied: {error}")
            return
        for resource in resources:
            if self._allows(self._pip.towards(request, resource, asked), asked.at):
                yield replace(asked, resource=resource)

    def _allows(self, request: Request, now: int) -> bool:
        try:
            return beyond(self.pdp.decide(request), self.pdp.snapshot.policy, self._outside(request, now)).allowed
        except Exception as error:  # noqa: BLE001  # as above
            _alarm(f"a request could not be judged, and was denied: {error}")
            return False

    def _found(
        self, every: Sequence[Candidate], asked: Callable[[Candidate], Asked], start: int
    ) -> Iterator[tuple[int, Candidate]]:
        """Those from `start` on that would be allowed, each with its place among all: no page looks at those before it."""
        return ((at, each) for at, each in enumerate(every[start:], start) if self.would(asked(each)))

    def subjects(self, asked: Callable[[str], Asked], start: int = 0) -> Iterator[tuple[int, str]]:
        """The terminals of the register that may do it."""
        return self._found(self._pip.terminals(), asked, start)

    def resources(self, asked: Callable[[Resource], Asked], start: int = 0) -> Iterator[tuple[int, Resource]]:
        """The resources that have a name to which it may be done."""
        return self._found(tuple(self._pip.catalogue.all), asked, start)

    def actions(self, asked: Callable[[str], Asked], start: int = 0) -> Iterator[tuple[int, str]]:
        """What may be done to it."""
        return self._found(sorted(VERBS), asked, start)

    def publish(self) -> bool:
        """Take up the policy that is in force; whether it is another one. What cannot be read now leaves the one before."""
        try:
            snapshot = self._pap.in_force(self.pdp.snapshot.version)
        except SentinelError as error:
            if str(error) != self.withheld:
                _alarm(str(error))
            self.withheld = str(error)
            return False
        self.withheld = ""
        if snapshot is None:
            return False
        self.pdp.swap(snapshot)
        _LOG.info("policy version %d is in force, SM3 %s", snapshot.version, snapshot.digest)
        return True

    def close(self) -> None:
        """Write what waits."""
        self._recorder.close()


def _alarm(message: str) -> None:
    _LOG.error("%s", message)


def _event(answer: Answer, judged: Judged, point: str, revoked: str) -> PlainEvent:
    request, asked, decision, trust = judged.request, judged.asked, answer.decision, answer.trust
    fields: dict[str, Value] = {
        "event.action": KIND, "access.decision": "allow" if decision.allowed else "deny", "access.reason": decision.reason.value,
        "access.point": point, "access.resource": str(request.resource), "access.action": request.action,
        "access.policy.version": decision.version, "access.policy.digest": decision.digest,
        "access.trust.score": trust.score,
    }  # fmt: skip
    resource, subject = request.resource, request.subject
    named: tuple[tuple[str, str | tuple[str, ...]], ...] = (
        ("access.rules", decision.rules), ("access.misses", tuple([str(miss) for miss in decision.misses])),
        ("access.outside", () if judged.outside is NOTHING else judged.outside.texts),
        ("access.obligations", _pairs(decision.obligations)), ("access.context", _pairs(request.context)),
        ("access.subject", tuple([key for key in subject.keys if not key.startswith("supi:")])),
        ("access.trust.evidence", tuple([term.alert for term in trust.terms])), ("fiveg.supi", subject.supi),
        ("source.ip", asked.address), ("destination.ip", resource.address), ("network.transport", resource.protocol),
        ("access.revokes", revoked), ("access.error", judged.error),
    )  # fmt: skip
    fields |= [each for each in named if each[1]]
    if resource.port >= 0:
        fields["destination.port"] = resource.port
    return PlainEvent(KIND, asked.at, answer.id, point, 0, fields)


def _pairs(facts: Facts) -> tuple[str, ...]:
    return tuple([f"{name}={facts[name]}" for name in sorted(facts)])
