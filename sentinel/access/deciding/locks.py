"""Locks: an extra deny for a terminal, device, certificate, slice or the site, outside the versioned policy.

A lock has an owner and a reason, and ends by itself. Who may change policy or approve it sets one alone and at once: it
takes away, and grants nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sentinel.access.information.kept import Kept
from sentinel.access.information.wording import SECOND, explained, lasting
from sentinel.errors import AccessError, ConflictError, StoreError
from sentinel.model.access import Request
from sentinel.model.audit import Act, Action
from sentinel.model.facts import Kind, Told
from sentinel.store.facts import FactLog

LONGEST = 30 * 24 * 3600  # seconds
_ENDS = LONGEST * SECOND
_DEVICE = 14  # digits of an IMEI


class Subject(StrEnum):
    """What can be locked."""

    SUPI = "supi"
    IMEI = "imei"
    CERTIFICATE = "certificate"
    SLICE = "slice"
    SITE = "site"


Traits = Mapping[Subject, str]
"""What is known of somebody, by what can be locked."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock. Times are in nanoseconds since the epoch, 0 where it did not happen."""

    id: str
    subject: Subject
    value: str
    owner: str
    reason: str
    created: int
    expires: int
    lifted: int = 0
    lifter: str = ""

    def stands(self, now: int) -> bool:
        """Whether it holds now."""
        return not self.lifted and now < self.expires

    def holds(self, traits: Traits) -> bool:
        """Whether it is about somebody."""
        known = traits.get(self.subject, "")
        if self.subject is Subject.IMEI:
            return bool(known) and known[:_DEVICE] == self.value[:_DEVICE]
        return known == self.value

    def meets(self, request: Request) -> bool:
        """Whether it is about whoever asks; a slice or device that is not known may be the one that is locked."""
        slice_, who = request.context.get("slice", ""), request.subject
        traits = {Subject.SUPI: who.supi, Subject.IMEI: who.pei, Subject.CERTIFICATE: who.certificate,
                  Subject.SLICE: str(slice_), Subject.SITE: request.site}  # fmt: skip
        unknown = self.subject in (Subject.SLICE, Subject.IMEI) and not traits[self.subject]
        return unknown or self.holds(traits)


_KEPT = Kept(Kind.LOCK, Lock)


class Locks:
    """All locks that the log of facts tells of. What is set is recorded first (`record`)."""

    def __init__(self, log: FactLog, record: Callable[[Act], None], clock: Callable[[], int] = time.time_ns) -> None:
        self._log, self._record, self._clock = log, record, clock
        self._locks: dict[str, Lock] = {}
        self.unread: dict[str, Lock] = {}  # whose row is damaged: whom they are about is not known

    def take(self, told: Told) -> Lock | None:
        """Fold in a fact; the lock, if it is about one."""
        if told.kind is not Kind.LOCK:
            return None
        try:
            lock = _KEPT.read(told)
        except (KeyError, ValueError):
            if not told.over:
                self.unread[told.key] = Lock(told.key, Subject.SITE, "", "", "damaged", told.time, told.time + _ENDS)
            raise
        self.unread.pop(told.key, None)
        self._locks[lock.id] = lock
        return lock

    def set(self, subject: Subject, value: str, *, by: str, reason: str, seconds: int) -> Lock:
        """Lock something, for some time."""
        if not value or len(value) > 128:
            raise AccessError("a lock needs what it is about, of at most 128 characters")
        now = self._clock()
        ends = now + lasting(seconds, LONGEST) * SECOND
        lock = Lock(secrets.token_hex(8), subject, value, by, explained(reason), now, ends)
        details = {"subject": subject.value, "value": value, "reason": lock.reason, "until": ends // SECOND}
        self._record(Act(Action.LOCK_SET, by, lock.id, details=details))
        return self._keep(lock, 0)

    def lift(self, lock: str, *, by: str, reason: str) -> Lock:
        """Take a lock away before it ends."""
        told = self._log.get(Kind.LOCK, lock)
        if told is None:
            raise AccessError(f"there is no lock `{lock}`")
        found = self.unread.get(lock) or _KEPT.read(told)
        if not found.stands(self._clock()):
            raise ConflictError(f"lock `{lock}` does not stand any more")
        self._record(Act(Action.LOCK_LIFTED, by, lock, details={"reason": explained(reason)}))
        return self._keep(replace(found, lifted=self._clock(), lifter=by), told.number)

    def _keep(self, lock: Lock, seen: int) -> Lock:
        self._log.decide(_KEPT.told(lock.id, self._clock(), lock, over=bool(lock.lifted), number=seen))
        self.unread.pop(lock.id, None)
        self._locks[lock.id] = lock
        return lock

    def everyone(self) -> Sequence[Lock]:
        """All that stand or did of late, the newest first."""
        return sorted(self._locks.values(), key=lambda lock: -lock.created)

    def standing(self, now: int) -> Sequence[Lock]:
        """Those that hold now."""
        return [lock for lock in list(self._locks.values()) if lock.stands(now)]

    def on(self, request: Request, now: int) -> Sequence[Lock]:
        """The locks that keep a request out; raises `StoreError` while one cannot be read, which may be about anybody."""
        if damaged := [each.id for each in list(self.unread.values()) if each.stands(now)]:
            raise StoreError(f"lock `{damaged[0]}` cannot be read; lift it, and set it again")
        return [lock for lock in self.standing(now) if lock.meets(request)]

    def ended(self, now: int) -> Sequence[Lock]:
        """Those whose time is over, each once: the log may forget them."""
        gone = [lock for lock in self._locks.values() if not lock.lifted and now >= lock.expires]
        for lock in gone:
            del self._locks[lock.id]
        self._log.tell([_KEPT.told(lock.id, lock.expires, lock, over=True) for lock in gone])
        return gone
