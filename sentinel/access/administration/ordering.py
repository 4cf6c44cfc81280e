"""How enforcement points are told: the one way out for commands, which leads by the safety interlock.

What the interlock holds waits for two persons, who see whom it concerns and say for how long; nothing is cut until then.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sentinel.access.administration import happening
from sentinel.access.administration.dispatch import Dispatch
from sentinel.access.administration.grants import LONGEST, Grants
from sentinel.access.administration.interlock import Interlock
from sentinel.access.administration.orders import Blast, Order, Orders, Phase, name_of
from sentinel.access.authoring.approving import approvable
from sentinel.access.information.pip import Asked
from sentinel.access.information.present import Present
from sentinel.access.information.wording import SECOND, explained, lasting
from sentinel.enforcement.base import EnforcementPoint
from sentinel.errors import AccessError, AuthorizationError, ConflictError
from sentinel.model.audit import SERVICE, Act, Action, Detail
from sentinel.model.enforcement import Command, Outcome, State, Verb
from sentinel.model.event import PlainEvent
from sentinel.store.control import ControlDatabase

_LOG = logging.getLogger(__name__)
APPROVALS = 2
UNANSWERED = 60 * SECOND  # after which one that was taken back, and of which nothing was heard, is taken back again
SOONEST = SECOND  # after a point said that it does not let go; doubled each time up to the former
SPARED = "address_of_critical"  # why an order ended: its address is a safety-critical session's now


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is ordered: what was asked and denied, or which person (`by`) wants it."""

    why: str
    session: str
    asked: Asked | None = None
    asker: str = ""
    by: str = ""
    people: bool = False  # people decided it: by a lock, or by another policy that two of them approved


class Wish(NamedTuple):
    """What points are to be told, and why."""

    command: Command
    cause: Cause
    points: Sequence[str]


class Ordering:
    """Over the points that `points` says there are. `tell` takes events for detection."""

    def __init__(
        self, control: ControlDatabase, interlock: Interlock, present: Present, grants: Grants,
        points: Callable[[], Sequence[EnforcementPoint]], tell: Callable[[PlainEvent], None], clock: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        self._control, self._interlock, self._present, self._grants = control, interlock, present, grants
        self._tell, self._clock = tell, clock
        self._deciding = threading.RLock()  # one word about an order at a time: who refuses is never too late unseen
        self.orders = Orders()
        self._due: dict[
            str, tuple[int, int]
        ] = {}  # of orders that are taken back: when again, and the pause before that
        self._points = points
        self.dispatch = Dispatch(points(), self)

    def give(self, *wishes: Wish) -> None:
        """Have points carry out commands, or hold them; what is ordered already is not ordered twice. On record as one group."""
        orders = [self._order(wish) for wish in wishes if wish.points and not self._ordered(wish)]
        acts = [
            self._act(Action.ORDER_HELD if each.held else Action.ORDER_GIVEN, each, each.by or SERVICE)
            for each in orders
        ]
        if acts:
            self._control.tell(*acts)
        for order in orders:
            self.orders.put(order)
            if order.held:
                self._tell(happening.held(order))
            else:
                self.dispatch.send(order.command, order.points)

    def _ordered(self, wish: Wish) -> bool:
        return any(_alike(each, wish.command, wish.cause) for each in self.orders.of(wish.command.binding.supi))

    def _order(self, wish: Wish) -> Order:
        """Nothing is cut that the interlock holds: the deny is told, and people decide."""
        command, cause, now = self._marked(wish.command), wish.cause, self._clock()
        held = self._interlock.holds(command.verb, command.binding, None if cause.people else cause.asked)
        order = Order(
            name_of(command), command, cause.why, cause.session, tuple(wish.points), now, Phase.HELD if held else Phase.SENT,
            now, held, cause.by, cause.asked, cause.asker,
        )  # fmt: skip
        return replace(order, blast=self.blast(order)) if held else order

    def _marked(self, command: Command) -> Command:
        """Safety-critical also where another session is that has the address: points stop addresses, not sessions."""
        shared = self._interlock.exposed(command.binding.address, self._present)
        return replace(command, binding=replace(command.binding, critical=True)) if shared else command

    def blast(self, order: Order) -> Blast:
        """Whom it would concern now, of the sessions that live."""
        binding = order.command.binding
        flow = order.command.flow
        meant = self._present.session(order.session)
        sessions = {each.ref: each for each in (*self._present.at(binding.address), *((meant,) if meant else ()))}
        lost = [
            grant
            for grant in self._grants.of(binding.supi)
            if flow is None or (grant.asked.resource.address, grant.asked.resource.port) == (flow.address, flow.port)
        ]
        return self._interlock.blast(sessions.values(), lost)

    def approve(self, order: str, *, by: str, seconds: int) -> Order:
        """One of two persons lets an order go ahead, for so long; with the second it does."""
        with self._deciding:
            return self._approve(self._held(order), by, seconds)

    def _approve(self, found: Order, by: str, seconds: int) -> Order:
        if by in (*found.approvals, found.by):
            raise AuthorizationError(
                "two persons have to approve, each once, and not who ordered it; expected another person"
            )
        ttl = lasting(seconds, LONGEST)
        if found.approvals and ttl != found.command.ttl:
            raise ConflictError(f"`{found.approvals[0]}` approved {found.command.ttl} seconds; approve the same time")
        names = approvable(self._control, found.created / SECOND, (*found.approvals, by))
        command = replace(found.command, ttl=ttl, approvals=names)
        after = replace(found, command=command, approvals=names, blast=self.blast(found))
        self._record(
            Action.ORDER_APPROVED, after, by, concerned=len(after.blast.terminals), sessions=after.blast.sessions
        )
        if len(names) < APPROVALS:
            return self.orders.put(after)
        now = self._clock()
        after = self.orders.put(replace(after, phase=Phase.SENT, created=now, at=now))
        self.dispatch.send(command, after.points)
        return after

    def refuse(self, order: str, *, by: str, reason: str) -> Order:
        """A person says that it is not to be cut; the deny stands all the same."""
        said = explained(reason)
        with self._deciding:
            found = self._held(order)
            self._record(Action.ORDER_REFUSED, found, by, reason=said)
            return self.orders.put(replace(found, phase=Phase.REFUSED, at=self._clock(), by=by, detail=said))

    def undo(self, order: str, *, by: str, reason: str) -> Order:
        """A person takes an order back."""
        said = explained(reason)
        with self._deciding:
            found = self.orders.get(order)
            if found is None or not found.live:
                raise AccessError(f"there is no order `{order}` that points hold")
            return self.end(found, said, by)

    def end(self, order: Order, why: str, by: str = "") -> Order:
        """It is over, where it still waits; what points were told is taken back until they have let go, or its time is over."""
        with self._deciding:
            found = self.orders.get(order.id) or order
            return self._end(found, why, by) if found.live or found.phase is Phase.HELD else found

    def _end(self, order: Order, why: str, by: str) -> Order:
        now = self._clock()
        after = replace(order, phase=Phase.ENDED, at=now, detail=why, by=by or order.by)
        if order.live:
            self._record(Action.ORDER_UNDONE, order, by or SERVICE, reason=why)
            if order.points and now < order.until:
                after = replace(after, phase=Phase.UNDOING, outcomes=())
                self._due[order.id] = now + UNANSWERED, SOONEST
        self.orders.put(after)
        if order.live:
            self.dispatch.undo(order.command, order.points)
        return after

    def pursue(self) -> None:
        """Take back again what a point did not let go of, at longer and longer intervals; its time ends it anyhow."""
        now = self._clock()
        for order in self.orders.undoing():
            due, pause = self._due.get(order.id, (0, SOONEST))
            if now >= order.until:
                self._due.pop(order.id, None)
                self.orders.put(replace(order, phase=Phase.ENDED, at=now))
            elif now >= due:
                self._due[order.id] = now + UNANSWERED, pause
                self.dispatch.undo(order.command, order.holding)

    def spare(self, order: Order) -> bool:
        """Whether it was ended, as a safety-critical session has its address now that two persons did not mean to cut."""
        binding = order.command.binding
        exposed = self._interlock.exposed(binding.address, self._present) if order.live else []
        meant = {binding.supi, *order.blast.terminals} if len(order.approvals) >= APPROVALS else set()
        endangered = order.command.verb is not Verb.REAUTHORISE and any(each.supi not in meant for each in exposed)
        if endangered:
            self.end(order, SPARED)
        return endangered

    def renew(self, order: Order) -> None:
        """It goes on: points are told again before its time is over."""
        now = self._clock()
        if self.spare(order):
            return
        if order.live and order.until - now < order.command.ttl * SECOND // 10:
            self.orders.put(replace(order, created=now))
            self.dispatch.send(order.command, order.points)

    def take_up(self) -> None:
        """Have the points that are registered now; one that is new or another holds what it has to."""
        if changed := self.dispatch.take_up(self._points()):
            self.again(changed)

    def again(self, points: Container[str] | None = None) -> None:
        """Have these points, or all, hold what they held before, for the time that is left: they may have been restarted too."""
        now = self._clock()
        for order in self.orders.active():
            left = (order.until - now) // SECOND
            told = [each for each in order.points if points is None or each in points]
            if told and order.live and order.command.verb is Verb.QUARANTINE and left > 0 and not self.spare(order):
                self.dispatch.send(replace(order.command, ttl=left), told)

    def seen(self, order: Order, phase: Phase, detail: str, packets: Sequence[str] = ()) -> None:
        """What the tap saw of it."""
        after = self.orders.put(replace(order, phase=phase, at=self._clock(), detail=detail, evidence=tuple(packets)))
        if phase is Phase.LEAKED:
            self._tell(happening.leaked(after))

    def bare(self, point: str) -> None:
        """A gateway says that what it enforces with was taken away."""
        _LOG.error("the table of `%s` was gone: until it was there again, everything passed", point)
        self._tell(happening.bare(point, self._clock()))

    def _held(self, order: str) -> Order:
        found = self.orders.get(order)
        if found is None:
            raise AccessError(f"there is no order `{order}`")
        if found.phase is not Phase.HELD:
            raise ConflictError(f"order `{order}` is {found.phase}; expected one that waits")
        return found

    def _record(self, action: Action, order: Order, by: str, **more: Detail) -> None:
        self._control.tell(self._act(action, order, by, **more))

    def _act(self, action: Action, order: Order, by: str, **more: Detail) -> Act:
        command = order.command
        details: dict[str, Detail] = {
            "verb": command.verb.value, "why": order.why, "decision": command.decision, "ttl": command.ttl,
            "subject": f"supi:{command.binding.supi}", "flow": str(command.flow or ""), "held": order.held, **more,
        }  # fmt: skip
        return Act(action, by, order.id, details={name: value for name, value in details.items() if value != ""})

    def came(self, outcome: Outcome) -> None:
        """See `Heard.came`."""
        order = self.orders.came(outcome)
        if order is not None and outcome.state is State.FAILED:
            _LOG.error("order %s: %s failed at `%s`: %s", order.id, order.command.verb, outcome.point, outcome.detail)
            self._tell(happening.failed(order, outcome))

    def undone(self, outcome: Outcome) -> None:
        """See `Heard.undone`; a failure is told once."""
        found = self.orders.undone(outcome)
        if found is None:
            return
        before, after = found
        if outcome.state is State.ACKED:
            if after.phase is Phase.ENDED:
                self._due.pop(after.id, None)
            return
        pause = self._due.get(after.id, (0, SOONEST))[1]
        self._due[after.id] = self._clock() + pause, min(2 * pause, UNANSWERED)
        known = any(each.point == outcome.point and each.state is State.FAILED for each in before.outcomes)
        if outcome.state is State.FAILED and not known:
            _LOG.error("order %s: `%s` does not take it back: %s", after.id, outcome.point, outcome.detail)
            self._tell(happening.failed(after, replace(outcome, detail=f"not taken back: {outcome.detail}")))

    def broke(self, point: str, error: Exception) -> None:
        """See `Heard.broke`."""
        self._tell(happening.broke(point, self._clock(), error))

    def close(self) -> None:
        """Carry out what waits."""
        self.dispatch.close()


def _alike(order: Order, command: Command, cause: Cause) -> bool:
    """The same thing of the same session, for the same request."""
    mine, asked = order.command, order.asked
    same = (mine.verb, mine.flow, mine.binding.address, order.session) == (
        command.verb, command.flow, command.binding.address, cause.session
    )  # fmt: skip
    return same and (asked.action if asked else order.why) == (cause.asked.action if cause.asked else cause.why)
