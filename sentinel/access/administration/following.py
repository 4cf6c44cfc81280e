"""Follows the log of facts: folds in what is told, and has the policy administrator decide again whom it concerns.

Two threads: one waits for facts, and nothing slow stands in its way; the other writes what changed, looks for proofs,
and comes by everybody every five minutes, for what only time changes.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sentinel.access.administration import happening
from sentinel.access.administration.administrator import EXPIRED, Administrator
from sentinel.access.administration.orders import Phase
from sentinel.access.administration.outbox import Outbox
from sentinel.access.administration.proof import Proof
from sentinel.access.deciding.decider import Decider
from sentinel.access.deciding.glass import Glasses
from sentinel.access.deciding.locks import Lock, Locks, Subject
from sentinel.access.information.present import Present
from sentinel.access.information.trustbook import TrustBook
from sentinel.errors import SentinelError, StoreError
from sentinel.model.event import PlainEvent, Value
from sentinel.model.facts import Kind, Told
from sentinel.model.garbage import Lasting
from sentinel.store.facts import FactLog

_LOG = logging.getLogger(__name__)
WAIT = 1.0  # seconds after which is looked again, whatever was not told
ROOM = 0.05  # seconds after which is looked again whether there is room for decisions that nobody waits for
KEEP = 0.2  # seconds between two writes of what changed
SWEEP = 300.0  # seconds between two looks at everybody
_SLICE = 25  # terminals that are decided about between two looks at the log
_HEARD = (Kind.SESSION, Kind.PLACE, Kind.ALERT, Kind.POLICY, Kind.LOCK, Kind.GLASS, Kind.WORKER)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What facts are folded into."""

    present: Present
    trust: TrustBook
    locks: Locks
    glasses: Glasses


class Following:
    """From the beginning of the log, and then on."""

    def __init__(
        self, log: FactLog, outbox: Outbox, known: Knowledge, decider: Decider, administrator: Administrator, proof: Proof,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        self._log, self._outbox, self._known, self._decider = log, outbox, known, decider
        self._administrator, self._proof, self._clock = administrator, proof, clock
        self._number = 0
        self._worker = 0  # since when the worker runs that was heard last
        self._stopping = threading.Event()
        self._folding = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._bell = log.bell()
        self._lasting, self._folded = Lasting(), 0  # facts since changes were written last
        self._owing, self._why = False, ""  # whether all alerts are to be read, and why they could not be

    # From the beginning

    def happened(self, event: PlainEvent) -> None:
        """Have the worker judge an event."""
        self._outbox.happened(event)

    def begin(self) -> None:
        """Take up all that was told before; grants and orders go on where they were."""
        with self._folding:
            for told in self._all():
                self._taken(told)
                self._number = told.number
            self._worker = self._known.present.since
            self._owing = True
            self._caught_up()
        self._decider.publish()
        self._administrator.changed()
        self._administrator.everybody()

    def _all(self) -> Iterator[Told]:
        number = 0
        while page := self._log.after(number):
            yield from page
            number = page[-1].number

    def _taken(self, told: Told) -> str | None:
        """Whom a fact is about; None where it cannot be read: that is said, and the next one is taken."""
        if told.damaged:
            self._damaged(told)
            return None
        try:
            return self._take(told)
        except (KeyError, ValueError, TypeError) as error:
            _LOG.error("the fact %s `%s` cannot be read, and is left out: %r", told.kind, told.key, error)
            return None

    def _damaged(self, told: Told) -> None:
        """Believe nothing of it; a lock that it may have been keeps everybody out. It is an event to be judged."""
        with contextlib.suppress(KeyError, ValueError):
            self._known.locks.take(told)
        self.happened(happening.damaged(told))

    def _take(self, told: Told) -> str:
        known = self._known
        if told.kind is Kind.GRANT:
            self._administrator.grants.take(told)
        if told.kind is Kind.ORDER:
            self._administrator.ordering.orders.take(told)
        known.locks.take(told)
        known.glasses.take(told)
        return known.present.take(told)

    # And then on

    def tend(self, *others: Callable[[], object]) -> None:
        """Do all that in threads of its own until `close`; `others` are called once a second."""
        for name, task in (("facts", self._follow), ("access", lambda: self._keep(others))):
            thread = threading.Thread(target=task, daemon=True, name=name)
            thread.start()
            self._threads.append(thread)

    def _follow(self) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            if self._bell.wait(pause) or pause:
                self._tried(self.hear)
            more = self._tried(lambda: self._administrator.some(_SLICE))
            pause = WAIT if not more else ROOM if self._decider.crowded else 0.0
            if self._known.locks.unread:  # all fails until somebody lifts it
                self._stopping.wait(KEEP)

    def hear(self) -> None:
        """Take what was told since, and decide again whom it concerns."""
        with self._folding:
            while told := self._log.after(self._number, _HEARD):
                self._fold(told)
                self._number = told[-1].number
            if self._caught_up():
                self._known.trust.heard()

    def _caught_up(self) -> bool:
        """Read all alerts where that is owed. While the store is away facts grow old, which is known and decided by."""
        if not self._owing:
            return True
        try:
            changed = self._known.trust.refresh()
        except StoreError as error:
            if str(error) != self._why:
                _LOG.error("%s; what alerts say of terminals is not known until then", error)
            self._why = str(error)
            return False
        if self._why:
            _LOG.warning("what alerts say of terminals is known again")
        self._owing, self._why = False, ""
        for supis in batched(changed, _SLICE):
            self._administrator.reconsider(*supis)
        return True

    def _fold(self, several: Sequence[Told]) -> None:
        self._folded += len(several)
        about = [(told, supi) for told in several if (supi := self._taken(told)) is not None]
        facts, concerned = [told for told, _ in about], dict.fromkeys(supi for _, supi in about if supi)
        concerned |= dict.fromkeys(self._trusted(facts))
        published = any(told.kind is Kind.POLICY for told in facts) and self._decider.publish()
        self._administrator.changed()
        self._sessions([told for told in facts if told.kind is Kind.SESSION])
        locks = [lock for told in facts if (lock := self._known.locks.take(told))]
        for lock in locks:
            self._lock(lock)
        for supis in batched(concerned, _SLICE):
            self._administrator.reconsider(*supis)
        if published or any(told.kind is Kind.GLASS for told in facts) or any(_wide(lock) for lock in locks):
            self._administrator.everybody()

    def _trusted(self, facts: Sequence[Told]) -> frozenset[str]:
        """Whose trust changed; what the store does not answer now is read later, and holds up no lock and no session."""
        if self._known.present.since != self._worker:  # what the one before had not told yet
            self._worker = self._known.present.since
            self._owing = True
        if self._owing:
            return frozenset()
        try:
            return self._known.trust.learn([told.key for told in facts if told.kind is Kind.ALERT])
        except StoreError:
            self._owing = True  # it is said when that does not go either
            return frozenset()

    def _sessions(self, facts: Sequence[Told]) -> None:
        for told in facts:
            standing = self._known.present.session(told.key)
            if standing is None:
                self._administrator.session_over(told.key)
            else:
                self._administrator.taken_over(standing)
                self._administrator.locked(self._known.locks.standing(self._clock()), [standing])

    def _lock(self, lock: Lock) -> None:
        if not lock.stands(self._clock()):
            self._administrator.unlocked(lock)
        else:
            present = self._known.present
            sessions = present.sessions(lock.value) if lock.subject is Subject.SUPI else present.everyone()
            self._administrator.locked([lock], sessions)
        if lock.subject is Subject.SUPI:
            self._administrator.reconsider(lock.value)

    def judged(self, alerts: Sequence[str]) -> None:
        """People have said something about alerts; where that cannot be told, it counts from the next start on."""
        try:
            self._log.tell([Told(Kind.ALERT, alert, self._clock()) for alert in alerts])
        except SentinelError as error:
            _LOG.error("%s", error)

    # What only time changes

    def _keep(self, others: Sequence[Callable[[], object]]) -> None:
        due = {"second": 0.0, "sweep": time.monotonic() + SWEEP}
        while not self._stopping.wait(KEEP):
            self._tried(self.write)
            if time.monotonic() >= due["second"]:
                due["second"] = time.monotonic() + 1
                for task in (self.turn, *others):
                    self._tried(task)
            if time.monotonic() >= due["sweep"]:
                due["sweep"] = time.monotonic() + SWEEP
                self._administrator.everybody()

    def write(self) -> None:
        """Tell the log which grants and orders changed."""
        changes = [*self._administrator.grants.changes(), *self._administrator.ordering.orders.changes()]
        self._outbox.flush(changes)
        folded, self._folded = self._folded, 0
        self._lasting.made(folded + len(changes))

    def turn(self) -> None:
        """Once a second: a policy that was published elsewhere, proofs, and what ended by itself."""
        before = self._decider.pdp.snapshot
        if self._decider.publish():
            after = self._decider.pdp.snapshot
            fields: dict[str, Value] = {"version": after.version, "digest": after.digest, "before": before.version}
            self._log.tell([Told(Kind.POLICY, "policy", self._clock(), fields)])
            self._administrator.changed()
            self._administrator.everybody()
        self._proof.look()
        now = self._clock()
        for lock in self._known.locks.changed(now):
            self._lock(lock)
            self._administrator.everybody()
        if self._known.glasses.ended(now):
            self._administrator.changed()
            self._administrator.everybody()
        for grant in self._administrator.grants.expired(now):
            self._administrator.grants.end(grant, EXPIRED)
        for order in self._administrator.ordering.orders.active():
            if order.phase is not Phase.HELD and now >= order.until:
                self._administrator.ordering.end(order, "expired")
        self._administrator.ordering.pursue()

    def _tried(self, task: Callable[[], object]) -> object:
        """What cannot be done now is tried again; how old facts are is known meanwhile."""
        try:
            return task()
        except SentinelError as error:
            _LOG.error("%s", error)
            self._stopping.wait(KEEP)
        except Exception:  # noqa: BLE001  # whatever one fact does, the next one is heard
            _LOG.exception("access could not be reconsidered")
            self._stopping.wait(KEEP)
        return True

    def close(self) -> None:
        """End, and write what waits."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(WAIT + 1)
        self._administrator.close()
        with contextlib.suppress(SentinelError):
            self.write()
        self._bell.close()


def _wide(lock: Lock) -> bool:
    return lock.subject is not Subject.SUPI


def batched(several: Iterable[str], most: int) -> Iterator[list[str]]:
    """Some at a time."""
    left = iter(several)
    while some := list(islice(left, most)):
        yield some
