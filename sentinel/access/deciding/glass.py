"""Break-glass: an allow that ends by itself, and denies that it suspends by name; outside the versioned policy.

Never silent: who asks and who approves is on record, an alert is raised, the console shows it for as long as it is open,
and when it has ended somebody has to say what it was used for. Two persons other than who asks have to approve, within an
hour: what was asked for in an emergency does not open when nobody thinks of it any more.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sentinel.access.authoring.approving import approvable
from sentinel.access.engine.rule import verbs
from sentinel.access.engine.target import target
from sentinel.access.information.kept import Kept
from sentinel.access.information.wording import SECOND, explained, lasting
from sentinel.errors import AccessError, AuthorizationError, ConflictError, SentinelError
from sentinel.model.access import Request
from sentinel.model.audit import Act, Action, Outcome
from sentinel.model.facts import Kind, Told
from sentinel.store.control import ControlDatabase
from sentinel.store.facts import FactLog

LONGEST = 8 * 3600  # seconds
LIFE = 3600 * SECOND  # in which one that is asked for has to be approved
APPROVALS = 2
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")  # of a rule, or a lock


class State(StrEnum):
    """How far it is."""

    PROPOSED = "proposed"
    EXPIRED = "expired"  # nobody opened it in time
    OPEN = "open"
    CLOSED = "closed"  # it has ended, and nobody has said what it was used for
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Glass:
    """A break-glass. Times are in nanoseconds since the epoch, 0 where it did not happen."""

    id: str
    subject: str  # as a rule names it: `supi:…`, `grp:…`, `any`
    resource: str
    action: str
    suspends: tuple[str, ...]  # denies of the policy, and locks, by their ids
    reason: str
    opener: str
    seconds: int
    created: int
    approvals: tuple[str, ...] = ()
    opened: int = 0
    closed: int = 0
    review: str = ""
    reviewer: str = ""

    @property
    def expires(self) -> int:
        """When it ends by itself."""
        return self.opened + self.seconds * SECOND if self.opened else 0

    def state(self, now: int) -> State:
        """How far it is at a moment."""
        if self.review:
            return State.REVIEWED
        if not self.opened and not self.closed:
            return State.PROPOSED if now < self.created + LIFE else State.EXPIRED
        return State.OPEN if not self.closed and now < self.expires else State.CLOSED

    def meets(self, request: Request) -> bool:
        """Whether it is about a request."""
        return (
            self.subject in request.subject.keys
            and target(self.resource).matches(request.resource)
            and request.action in verbs(self.action)
        )


_KEPT = Kept(Kind.GLASS, Glass)


class Glasses:
    """All of them that the log of facts tells of."""

    def __init__(
        self, log: FactLog, control: ControlDatabase, tell: Callable[[Glass, str], None] = lambda *_: None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        """`tell` has everybody know what somebody did to one."""
        self._log, self._control, self._tell, self._clock = log, control, tell, clock
        self._glasses: dict[str, Glass] = {}
        self._open: set[str] = set()  # when it was last asked which ended
        self._expired: set[str] = set()  # which the log was told of
        self._deciding = threading.Lock()  # one step at a time: who comes second sees what the first did

    def take(self, told: Told) -> Glass | None:
        """Fold in a fact; the break-glass, if it is about one."""
        if told.kind is not Kind.GLASS:
            return None
        glass = _KEPT.read(told)
        self._glasses[glass.id] = glass
        return glass

    def propose(
        self, subject: str, resource: str, action: str, *, suspends: Sequence[str] = (), by: str, reason: str, seconds: int
    ) -> Glass:  # fmt: skip
        """Ask for one."""
        try:
            target(resource), verbs(action)
        except ValueError as error:
            raise AccessError(str(error)) from error
        if odd := [each for each in suspends if not _NAME.fullmatch(each)]:
            raise AccessError(f"`{odd[0]}` cannot be suspended; expected the id of a rule that denies, or of a lock")
        if not subject.startswith(("supi:", "grp:", "imei-tac:", "cert:")) and subject != "any":
            raise AccessError(f"`{subject}` is no subject; expected one such as supi:999700000000001 or grp:agv")
        glass = Glass(
            secrets.token_hex(8), subject, resource, action, tuple(suspends), explained(reason), by,
            lasting(seconds, LONGEST), self._clock(),
        )  # fmt: skip
        return self._step(Action.GLASS_PROPOSED, glass, by, 0, resource=resource, reason=glass.reason, seconds=seconds)

    def approve(self, glass: str, *, by: str) -> Glass:
        """Approve one; with the second approval that counts it is open."""
        with self._deciding:
            found, seen = self._of(glass, State.PROPOSED)
            if by in (found.opener, *found.approvals):
                raise AuthorizationError("two persons other than who asks approve, each once; expected another person")
            approvals = approvable(self._control, found.created / SECOND, (*found.approvals, by))
            opened = self._clock() if len(approvals) >= APPROVALS else 0
            after = replace(found, approvals=approvals, opened=opened)
            return self._step(Action.GLASS_OPENED if opened else Action.GLASS_APPROVED, after, by, seen)

    def close(self, glass: str, *, by: str) -> Glass:
        """End one before its time, or one that was never open."""
        with self._deciding:
            found, seen = self._of(glass, State.PROPOSED, State.OPEN)
            return self._step(Action.GLASS_CLOSED, replace(found, closed=self._clock()), by, seen)

    def review(self, glass: str, *, by: str, said: str) -> Glass:
        """Say what it was used for, which somebody other than who asked for it has to."""
        with self._deciding:
            found, seen = self._of(glass, State.CLOSED)
            if by == found.opener:
                raise AuthorizationError("nobody reviews what they asked for; expected another person")
            after = replace(found, review=explained(said), reviewer=by)
            return self._step(Action.GLASS_REVIEWED, after, by, seen, review=after.review)

    def _of(self, glass: str, *expected: State) -> tuple[Glass, int]:
        told = self._log.get(Kind.GLASS, glass)
        if told is None:
            raise AccessError(f"there is no break-glass `{glass}`")
        found = _KEPT.read(told)
        state = found.state(self._clock())
        if state not in expected:
            raise ConflictError(f"break-glass `{glass}` is {state}; expected {' or '.join(expected)}")
        return found, told.number

    def _step(self, action: Action, glass: Glass, by: str, seen: int, **more: str | int) -> Glass:
        """Record it, and have it be so; where it cannot be, because another process was faster, that is on record too."""
        act = Act(action, by, glass.id, details={"subject": glass.subject, **more})
        self._control.tell(act)
        try:
            self._log.decide(_KEPT.told(glass.id, self._clock(), glass, over=bool(glass.review), number=seen))
        except SentinelError:
            self._control.tell(replace(act, outcome=Outcome.FAILED))
            raise
        self._glasses[glass.id] = glass
        self._tell(glass, by)
        return glass

    def everyone(self) -> Sequence[Glass]:
        """All that are not over, or have been only of late, the newest first."""
        return sorted(self._glasses.values(), key=lambda glass: -glass.created)

    def ended(self, now: int) -> Sequence[Glass]:
        """Those whose time is over since this was last asked."""
        gone = [glass for glass in self.everyone() if glass.id in self._open and glass.state(now) is not State.OPEN]
        self._open = {glass.id for glass in self.open(now)}
        self._lapse(now)
        return gone

    def _lapse(self, now: int) -> None:
        """The log may forget those that nobody opened in time."""
        expired = [
            each for each in self.everyone() if each.state(now) is State.EXPIRED and each.id not in self._expired
        ]
        self._log.tell([_KEPT.told(each.id, each.created + LIFE, each, over=True) for each in expired])
        self._expired.update(each.id for each in expired)

    def open(self, now: int) -> Sequence[Glass]:
        """Those that are open."""
        return [glass for glass in list(self._glasses.values()) if glass.state(now) is State.OPEN]
