"""Locks: an extra deny for a terminal, device, certificate, slice or the site, outside the versioned policy.

A lock has an owner and a reason, and ends by itself. Who may change policy or approve it sets one alone and at once: it
takes away, and grants nothing.
"""

from __future__ import annotations

import re
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
from sentinel.site import SitePlan
from sentinel.store.facts import FactLog

LONGEST = 30 * 24 * 3600  # seconds
_ENDS = LONGEST * SECOND
_DEVICE = 14  # digits of an IMEI
_MOST = 128  # characters of what is locked
_FORGOTTEN = 24 * 3600.0  # seconds after its end, by a clock that does not jump, when the log may forget a lock


class Subject(StrEnum):
    """What can be locked."""

    SUPI = "supi"
    IMEI = "imei"
    CERTIFICATE = "certificate"
    SLICE = "slice"
    SITE = "site"


_FORMS: Mapping[Subject, tuple[str, str]] = {
    Subject.SUPI: (r"\d{5,15}", "the 5 to 15 digits of the IMSI"),
    Subject.IMEI: (r"\d{14,16}", "the 14 to 16 digits of the IMEI or IMEISV"),
    Subject.CERTIFICATE: (r"[0-9a-f]{64}", "the SM3 of its public key, 64 hex digits in lower case"),
    Subject.SLICE: (r"\d{1,3}(-[0-9a-f]{6})?", "a slice such as 1 or 2-0000a1"),
    Subject.SITE: (r".+", "the site"),
}

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


def meets_somebody(subject: Subject, value: str, site: SitePlan | None) -> None:
    """Return if this can be about somebody; raises `AccessError` for what would lock nobody, and not say so."""
    pattern, expected = _FORMS[subject]
    if len(value) > _MOST or not re.fullmatch(pattern, value, re.ASCII):
        raise AccessError(f"`{value[:_MOST]}` cannot be locked as {subject.value}; expected {expected}")
    if subject not in (Subject.SLICE, Subject.SITE):
        return
    if site is None:
        raise AccessError(f"which {subject.value} there is stands in the site plan; expected --site")
    known = [site.site] if subject is Subject.SITE else [str(each) for each in site.slices]
    if known and value not in known:
        raise AccessError(f"`{value}` is no {subject.value} of the site plan; expected {' or '.join(known)}")


class Locks:
    """All locks that the log of facts tells of. What is set is recorded first (`record`)."""

    def __init__(
        self, log: FactLog, record: Callable[[Act], None], site: SitePlan | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        self._log, self._record, self._site, self._clock = log, record, site, clock
        self._locks: dict[str, Lock] = {}
        self._stood: set[str] = set()  # those that held when they were told, or it was last asked which time changed
        self._past: dict[str, float] = {}  # since when, by a clock that does not jump, each has been past
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
        if told.over and not lock.lifted:
            self._locks.pop(lock.id, None)  # long past
        else:
            self._put(lock)
        return lock

    def _put(self, lock: Lock) -> None:
        self._locks[lock.id] = lock
        (self._stood.add if lock.stands(self._clock()) else self._stood.discard)(lock.id)

    def set(self, subject: Subject, value: str, *, by: str, reason: str, seconds: int) -> Lock:
        """Lock something, for some time."""
        meets_somebody(subject, value, self._site)
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
        self._put(lock)
        return lock

    def everyone(self) -> Sequence[Lock]:
        """All that stand or did of late, the newest first."""
        return sorted(self._locks.values(), key=lambda lock: -lock.created)

    def standing(self, now: int) -> Sequence[Lock]:
        """Those that hold now."""
        return [lock for lock in list(self._locks.values()) if lock.stands(now)]

    def on(self, request: Request, now: int) -> Sequence[Lock]:
        """The locks that keep a request out; raises `StoreError` while one cannot be read, which may be about anybody."""
        if not self._locks and not self.unread:
            return ()
        if damaged := [each.id for each in list(self.unread.values()) if each.stands(now)]:
            raise StoreError(f"lock `{damaged[0]}` cannot be read; lift it, and set it again")
        return [lock for lock in self.standing(now) if lock.meets(request)]

    def changed(self, now: int) -> Sequence[Lock]:
        """Those that time began or ended since this was last asked, a clock that jumps ahead and back among it.

        What somebody set or lifted is told by the log of facts, and is none of these.
        """
        standing = {lock.id for lock in self.standing(now)}
        changed, self._stood = standing ^ self._stood, standing
        self._forget(now)
        return [self._locks[each] for each in changed if each in self._locks and not self._locks[each].lifted]

    def _forget(self, now: int) -> None:
        """The log may forget those that have been past for a day, however the clock was set meanwhile."""
        past = [lock for lock in list(self._locks.values()) if not lock.lifted and now >= lock.expires]
        self._past = {lock.id: self._past.get(lock.id, time.monotonic()) for lock in past}
        gone = [lock for lock in past if time.monotonic() - self._past[lock.id] > _FORGOTTEN]
        for lock in gone:
            del self._locks[lock.id]
        self._log.tell([_KEPT.told(lock.id, lock.expires, lock, over=True) for lock in gone])
