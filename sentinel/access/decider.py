"""Decisions for enforcement points: facts from the PIP, a verdict from the PDP, a record of both."""

from __future__ import annotations

import itertools
import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sentinel.access.pap import Pap
from sentinel.access.pdp import Pdp
from sentinel.access.pip import Asked, Pip
from sentinel.access.policy import Policy, Snapshot
from sentinel.access.recorder import Recorder
from sentinel.access.subject import stranger
from sentinel.access.trust import Trust
from sentinel.access.trustbook import TrustBook
from sentinel.errors import SentinelError, StoreError
from sentinel.model.access import VERBS, Decision, Facts, Reason, Request, Resource
from sentinel.model.event import PlainEvent, Value

KIND = "access.decision"
EVERY = 1.0  # seconds after which a published policy is taken up, at the latest
TRUST_EVERY = 5  # times that
_LOG = logging.getLogger(__name__)
Candidate = TypeVar("Candidate", str, Resource)


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, its id, and the trust that went into it."""

    id: str
    decision: Decision
    trust: Trust


class Decider:
    """Answers enforcement points. Until a policy is published everything is denied."""

    def __init__(self, pip: Pip, pap: Pap, trust: TrustBook, recorder: Recorder, model: str) -> None:
        self._pip = pip
        self._pap = pap
        self._trust = trust
        self._recorder = recorder
        self.pdp = Pdp(Snapshot.of(Policy((), model)), _alarm)
        self._stopping = threading.Event()
        self._numbers = itertools.count(secrets.randbits(32))  # another process begins elsewhere

    @property
    def pip(self) -> Pip:
        """Where facts come from."""
        return self._pip

    @property
    def unrecorded(self) -> str:
        """Why decisions cannot be kept, and so nothing is granted; empty where they can."""
        return self._recorder.problem

    def decide(self, asked: Asked, point: str) -> Answer:
        """Decide, and keep the decision. What goes wrong is a denial."""
        try:
            request, trust = self._pip.request(asked, self.pdp.snapshot.policy.groups)
            decision = self.pdp.decide(request)
            self._recorder.check()
        except Exception as error:  # noqa: BLE001  # deny is the failure mode, whatever failed
            _alarm(f"a request could not be judged, and was denied: {error}")
            request, trust = Request(stranger(asked.supi), "", asked.resource, asked.action), Trust(0, ())
            decision = self._failure()
        answer = Answer(f"{asked.at:016x}-{next(self._numbers) & 0xFFFFFFFF:08x}", decision, trust)
        return self._kept(answer, request, asked, point)

    def _kept(self, answer: Answer, request: Request, asked: Asked, point: str) -> Answer:
        try:
            self._recorder.put(_event(answer, request, asked, point))
        except StoreError as error:
            _alarm(str(error))
            return Answer(answer.id, self._failure(), answer.trust)
        return answer

    def _failure(self) -> Decision:
        return Decision(False, Reason.FAILURE, self.pdp.snapshot.version, self.pdp.snapshot.digest)

    def would(self, asked: Asked) -> bool:
        """A decision that nobody acts upon, and so nobody keeps."""
        request, _ = self._pip.request(asked, self.pdp.snapshot.policy.groups)
        return self.pdp.decide(request).allowed

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

    # what goes on beside

    def tend(self, *others: Callable[[], object]) -> None:
        """Take up what is published and what alerts say, again and again, in a thread of its own until `close`."""
        self.refresh(*others)
        threading.Thread(target=self._tend, args=others, daemon=True, name="access").start()

    def _tend(self, *others: Callable[[], object]) -> None:
        turn = 0
        while not self._stopping.wait(EVERY):
            turn += 1
            self.refresh(*others, trusted=turn % TRUST_EVERY == 0)

    def refresh(self, *others: Callable[[], object], trusted: bool = True) -> None:
        """Do so once; what cannot be read now stays as it was, and its age is known."""
        for task in (self._publish, *((self._trust.refresh,) if trusted else ()), *others):
            try:
                task()
            except SentinelError as error:
                _alarm(str(error))

    def _publish(self) -> None:
        snapshot = self._pap.in_force(self.pdp.snapshot.version)
        if snapshot is not None:
            self.pdp.swap(snapshot)
            _LOG.info("policy version %d is in force, SM3 %s", snapshot.version, snapshot.digest)

    def close(self) -> None:
        """End what goes on beside, and write what waits."""
        self._stopping.set()
        self._recorder.close()


def _alarm(message: str) -> None:
    _LOG.error("%s", message)


def _event(answer: Answer, request: Request, asked: Asked, point: str) -> PlainEvent:
    decision, trust = answer.decision, answer.trust
    fields: dict[str, Value] = {
        "event.action": KIND, "access.decision": "allow" if decision.allowed else "deny", "access.reason": decision.reason.value,
        "access.point": point, "access.resource": str(request.resource), "access.action": request.action,
        "access.policy.version": decision.version, "access.policy.digest": decision.digest,
        "access.trust.score": trust.score,
    }  # fmt: skip
    resource = request.resource
    several: dict[str, tuple[str, ...]] = {
        "access.rules": decision.rules, "access.misses": tuple(map(str, decision.misses)),
        "access.obligations": _pairs(decision.obligations), "access.context": _pairs(request.context),
        "access.subject": tuple(key for key in request.subject.keys if not key.startswith("supi:")),
        "access.trust.evidence": tuple(term.alert for term in trust.terms),
    }  # fmt: skip
    named = {"fiveg.supi": request.subject.supi, "source.ip": asked.address, "destination.ip": resource.address,
             "network.transport": resource.protocol}  # fmt: skip
    fields |= {name: value for name, value in named.items() if value}
    fields |= {name: value for name, value in several.items() if value}
    if resource.port >= 0:
        fields["destination.port"] = resource.port
    return PlainEvent(KIND, asked.at, answer.id, point, 0, fields)


def _pairs(facts: Facts) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in sorted(facts.items()))
