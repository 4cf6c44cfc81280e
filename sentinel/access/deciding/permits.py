"""Permits: a terminal or a group may go to something for a while, for rules that ask for `approved_ticket`.

One person asks, another approves; each ends by itself, and anybody who may approve ends it at once. A permit grants nothing
by itself: a rule has to let those with a permit in. It counts from its approval on, so that no past becomes permitted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from sentinel.access.authoring.approving import objection
from sentinel.errors import AccessError, AuthorizationError, ConflictError
from sentinel.model.access import Resource
from sentinel.model.audit import Act, Action
from sentinel.state.permits import is_one
from sentinel.store.control import AccessPermit, ControlDatabase, Transaction

LONGEST = 7 * 24 * 3600.0  # seconds that a permit lasts
_EARLIEST = 90 * 24 * 3600.0  # seconds for which one can be asked in advance
_KEPT = 30 * 24 * 3600.0  # seconds after its end for which replays know of it
_SECOND = 10**9


class State(StrEnum):
    """Where a permit is in its life."""

    ASKED = "asked"
    COMING = "coming"  # approved, and not yet begun
    STANDING = "standing"
    EXPIRED = "expired"  # also if nobody ever approved it
    REFUSED = "refused"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit. Times are seconds since the epoch, 0 where it did not happen."""

    id: int
    writer: str
    target: str
    reason: str
    ticket: str
    begins: float
    ends: float
    asked_by: str
    asked: float
    approved_by: str
    approved: float
    ended_by: str
    ended: float

    def state(self, now: float) -> State:
        """Where it is at a moment."""
        if self.ended:
            return State.REVOKED if self.approved else State.REFUSED
        if now >= self.ends:
            return State.EXPIRED
        if not self.approved:
            return State.ASKED
        return State.STANDING if now >= self.begins else State.COMING

    def covers(self, resource: Resource, names: Iterable[str], at: int) -> bool:
        """Whether it lets one of these names to the resource, at a moment in nanoseconds."""
        since, until = max(self.begins, self.approved), min(self.ends, self.ended or self.ends)
        return (
            bool(self.approved) and since * _SECOND <= at < until * _SECOND
            and self.target in (resource.address, resource.name) and any(is_one(self.writer, name) for name in names if name)
        )  # fmt: skip


class Permits:
    """All of them; `refresh` reads those that decisions need, so that none waits for the database."""

    def __init__(self, control: ControlDatabase, clock: Callable[[], float] = time.time) -> None:
        self._control = control
        self._clock = clock
        self._known: tuple[Permit, ...] = ()

    def ask(
        self, writer: str, target: str, begins: float, ends: float, *, by: str, reason: str, ticket: str = ""
    ) -> Permit:
        """Ask for one; raises `AccessError` for what makes none."""
        now = self._clock()
        if not reason.strip() or len(reason) > 400 or len(ticket) > 64:
            raise AccessError("a permit needs its reason, of at most 400 characters, and a ticket has at most 64")
        if not writer or not target:
            raise AccessError("a permit is for a terminal or a group, and for something that it goes to")
        if not max(begins, now) < ends <= begins + LONGEST or begins > now + _EARLIEST:
            raise AccessError("a permit ends after it begins, in the future, and lasts at most seven days")
        with self._control.begin() as session:
            row = AccessPermit(
                writer=writer, target=target, reason=reason.strip(), ticket=ticket.strip(), begins=begins, ends=ends,
                asked_by=by, asked=now, approved_by="", approved=0.0, ended_by="", ended=0.0,
            )  # fmt: skip
            session.add(row)
            session.flush()
            said = {"writer": writer, "to": target, "reason": row.reason, "ticket": row.ticket}
            session.tell(Act(Action.PERMIT_ASKED, by, str(row.id), details=said))
            return _permit(row)

    def approve(self, number: int, *, by: str) -> Permit:
        """Approve what somebody else asked for; raises `AuthorizationError` for who may not."""
        with self._control.begin() as session:
            row = _get(session, number)
            if row.asked_by == by:
                raise AuthorizationError("nobody approves what they asked for; expected another person")
            if why := objection(session, row.asked, by):
                raise AuthorizationError(f"this approval would not count: {why}")
            if _permit(row).state(self._clock()) is not State.ASKED:
                raise ConflictError("this permit does not wait for an approval any more")
            row.approved_by, row.approved = by, self._clock()
            session.tell(Act(Action.PERMIT_APPROVED, by, str(number), details={"writer": row.writer, "to": row.target}))
            return _permit(row)

    def end(self, number: int, *, by: str) -> Permit:
        """Refuse or revoke one."""
        with self._control.begin() as session:
            row = _get(session, number)
            if _permit(row).state(self._clock()) in (State.EXPIRED, State.REFUSED, State.REVOKED):
                raise ConflictError("this permit has ended already")
            row.ended_by, row.ended = by, self._clock()
            session.tell(Act(Action.PERMIT_ENDED, by, str(number), details={"writer": row.writer, "to": row.target}))
            return _permit(row)

    def all(self, most: int = 200) -> Sequence[Permit]:
        """The latest, newest first."""
        with self._control.begin() as session:
            return [
                _permit(row)
                for row in session.scalars(select(AccessPermit).order_by(AccessPermit.id.desc()).limit(most))
            ]

    def refresh(self) -> None:
        """Read those that can still matter."""
        wanted = select(AccessPermit).where(AccessPermit.approved > 0, AccessPermit.ends > self._clock() - _KEPT)
        with self._control.begin() as session:
            self._known = tuple(map(_permit, session.scalars(wanted)))

    def stands(self, resource: Resource, names: tuple[str, ...], at: int) -> bool:
        """Whether one of these names may go to the resource by a permit, as of the last `refresh`."""
        return any(permit.covers(resource, names, at) for permit in self._known)


def _get(session: Transaction, number: int) -> AccessPermit:
    row = session.get(AccessPermit, number) if 0 < number < 2**31 else None
    if row is None:
        raise AccessError(f"there is no permit {number}")
    return row


def _permit(row: AccessPermit) -> Permit:
    return Permit(
        row.id, row.writer, row.target, row.reason, row.ticket, row.begins, row.ends, row.asked_by, row.asked,
        row.approved_by, row.approved, row.ended_by, row.ended,
    )  # fmt: skip
