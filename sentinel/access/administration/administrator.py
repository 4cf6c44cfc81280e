"""The policy administrator: keeps what was allowed, decides again when facts change, and has points cut what holds no more.

A grant is bound to the session that it was given for. Whatever is told of that terminal (session, place, trust, lock,
policy) has its grants decided again, under their session as it is now: one that still holds is bound anew, one that does
not is over at once, and enforcement points are told. A session that ends takes its grants with it, and what points were
told of its address is taken back; an address that another session has since inherits nothing.

A decision that failed (a store that does not answer) takes nothing back that is running: failing closed is for what is
new.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from sentinel.access.administration.grants import LONGEST, Grant, Grants, lifetime
from sentinel.access.administration.interlock import OT, Interlock, session_for
from sentinel.access.administration.ordering import Cause, Ordering, Wish
from sentinel.access.administration.orders import Blast, Order, Phase
from sentinel.access.deciding.decider import Decider, Judged
from sentinel.access.deciding.locks import Lock, Subject
from sentinel.access.information.pip import Asked
from sentinel.access.information.present import Present, Standing
from sentinel.model.access import Reason
from sentinel.model.enforcement import Binding, Command, Flow, Verb

_AT_ONCE = 100  # sessions that are cut, or grants that are revoked, on record as one group
CONTINUOUS = "continuous"  # who asks, where nobody does: we ourselves, again
EXPIRED, SESSION_ENDED, ADDRESS_REUSED, AGAIN = "expired", "session_ended", "address_reused", "allowed_again"


class Lost(NamedTuple):
    """A grant that holds no longer, what was decided, and why."""

    grant: Grant
    judged: Judged
    why: str


class Administrator:
    """Over a decider, what is so now, and the way to enforcement points."""

    def __init__(
        self, decider: Decider, present: Present, interlock: Interlock, grants: Grants, ordering: Ordering,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        self._decider, self._present, self._interlock = decider, present, interlock
        self.grants, self.ordering, self._clock = grants, ordering, clock
        self._again: dict[str, None] = {}  # SUPIs of terminals whose grants are to be decided again
        self._guard = threading.Lock()
        self._epoch = 0
        decider.keeper = self

    # What was allowed

    @property
    def epoch(self) -> int:
        """See `Keeper.epoch`."""
        return self._epoch

    def granted(self, judged: Judged, decision: str, point: str, epoch: int) -> None:
        """See `Keeper.granted`."""
        self._open(judged, decision, point)
        if epoch != self._epoch:
            self.later([judged.supi])

    def _open(self, judged: Judged, decision: str, point: str) -> None:
        asked = judged.asked if judged.asked.supi == judged.supi else replace(judged.asked, supi=judged.supi)
        binding, session = self._bound(asked)
        self._give_back(asked, binding.address)
        until = lifetime(judged.decision.obligations, asked.at)
        self.grants.open(
            Grant(decision, decision, point, asked, session, binding, judged.decision.version, asked.at, until)
        )

    def _give_back(self, asked: Asked, address: str) -> None:
        """Points let go of what keeps a terminal from this: by what the tap saw, whatever one of them says of a session."""
        orders = self._against(asked, address)
        if orders and asked.begins:
            judged = self._decider.judge(replace(asked, begins=()))
            orders = orders if judged.decision.allowed and judged.supi == asked.supi else []
        for order in orders:
            self.ordering.end(order, AGAIN)

    def _seen(self, asked: Asked) -> Asked:
        """What the core said of a session that was about to begin counts until the tap has seen that session."""
        seen = asked.begins and session_for(self._present, asked.supi, asked.address)
        return replace(asked, begins=()) if seen else asked

    def _against(self, asked: Asked, address: str) -> list[Order]:
        """Orders that keep a terminal from what it is allowed: its own, and those left by who had its address before."""
        mine = [each for each in self.ordering.orders.of(asked.supi) if each.asked and _same(each.asked, asked)]
        left = self.ordering.orders.at(address) if address else ()
        return mine + [each for each in left if each.why == ADDRESS_REUSED and each.command.flow == _flow(asked)]

    def _bound(self, asked: Asked) -> tuple[Binding, str]:
        """What a decision about this is bound to now, and the name of the session."""
        standing = session_for(self._present, asked.supi, asked.address)
        return self._interlock.bound(asked.supi, asked.address, standing), standing.ref if standing else ""

    # What has changed

    def changed(self) -> None:
        """Something that decisions rest on is otherwise from now on."""
        self._epoch += 1

    def later(self, supis: Iterable[str]) -> None:
        """Decide again about these terminals, when there is time."""
        with self._guard:
            self._again.update(dict.fromkeys(supis))

    def everybody(self) -> None:
        """Decide again about all."""
        ordered = {order.command.binding.supi for order in self.ordering.orders.active()}
        self.later([*self.grants.terminals(), *ordered])

    def some(self, most: int) -> bool:
        """Decide again about some of those that wait, unless there is no room for it now; whether any do still."""
        with self._guard:
            supis = [] if self._decider.crowded else list(islice(self._again, most))
            for supi in supis:
                del self._again[supi]
            more = bool(self._again)
        self.reconsider(*supis)
        return more

    def reconsider(self, *supis: str) -> None:
        """Decide again about terminals: what they were granted, and what was taken from them."""
        lost = [each for supi in supis for grant in self.grants.of(supi) if (each := self._regranted(grant))]
        self._revoke(*lost)
        for supi in supis:
            self._reorders(supi)

    def _reorders(self, supi: str) -> None:
        for order in self.ordering.orders.of(supi):
            if order.asked is not None:
                self._reorder(order, order.asked)
            elif order.phase is not Phase.HELD:
                self.ordering.renew(order)

    def _regranted(self, grant: Grant) -> Lost | None:
        """Decide again about a grant: what is lost of it, if it is."""
        now = self._clock()
        if now >= grant.until:
            self.grants.end(grant, EXPIRED)
            return None
        if grant.session and self._present.session(grant.session) is None:
            self.session_over(grant.session)
            return None
        judged = self._decider.judge(replace(self._seen(grant.asked), at=now))
        if judged.decision.reason is Reason.FAILURE:
            self.later([grant.asked.supi])
        elif not judged.decision.allowed or judged.supi != grant.asked.supi:
            return Lost(grant, judged, judged.decision.reason.value)
        else:
            self._rebind(grant, judged)
        return None

    def _rebind(self, grant: Grant, judged: Judged) -> None:
        """It holds still; where its session is not what it was, by a decision of its own."""
        binding, session = self._bound(grant.asked)
        asked = replace(grant.asked, begins=judged.asked.begins)
        if (binding, session, asked) == (grant.binding, grant.session, grant.asked):
            return
        answer = self._decider.keep(judged, CONTINUOUS, grant.decision)
        if answer.decision.allowed:
            self._give_back(asked, binding.address)
            self.grants.open(replace(grant, decision=answer.id, asked=asked, session=session, binding=binding))

    def _revoke(self, *several: Lost) -> None:
        """These hold no longer: on record as one group, and then points are told."""
        lost = [each for each in several if self.grants.end(each.grant, each.why)]
        if not lost:
            return
        before = [each.grant.decision for each in lost]
        answers = self._decider.replace([each.judged for each in lost], CONTINUOUS, before)
        pairs = zip(lost, answers, strict=True)
        self.ordering.give(*(wish for each, answer in pairs for wish in self._wishes(each, answer.id)))

    def _wishes(self, lost: Lost, decision: str) -> Iterator[Wish]:
        grant, reason = lost.grant, lost.judged.decision.reason
        standing = self._present.session(grant.session)
        binding = (
            self._interlock.bound(grant.asked.supi, grant.binding.address, standing) if standing else grant.binding
        )
        people = lost.judged.decision.version != grant.version or reason is Reason.LOCKED
        cause = Cause(lost.why, grant.session, grant.asked, grant.point, people=people)
        dispatch, flow = self.ordering.dispatch, _flow(grant.asked)
        if flow is not None and binding.address:
            command = Command(Verb.QUARANTINE, decision, binding, LONGEST, flow)
            yield Wish(command, cause, dispatch.able(Verb.QUARANTINE))
        if grant.point in dispatch.able(Verb.CUT):  # it let the session in
            yield Wish(Command(Verb.CUT, decision, binding, LONGEST), cause, (grant.point,))

    def session_over(self, session: str) -> None:
        """A session has ended: its grants with it, and what points were told of its address is taken back."""
        for grant in self.grants.bound(session):
            self.grants.end(grant, SESSION_ENDED)
        for order in self.ordering.orders.within(session):
            if order.live and order.command.verb is Verb.CUT:
                self.ordering.seen(order, Phase.PROVEN, "the tap saw the end of the session")
            else:
                self.ordering.end(order, SESSION_ENDED)

    def taken_over(self, standing: Standing) -> None:
        """A session has an address now that others had, whose end nobody saw: they get nothing more by it."""
        for address in standing.addresses:
            for order in self.ordering.orders.at(address):
                self.ordering.spare(order)
            for other in self._present.at(address):
                if other.supi != standing.supi:
                    for grant in self.grants.bound(other.ref):
                        judged = self._decider.judge(replace(grant.asked, at=self._clock()))
                        denied = judged.decision._replace(allowed=False, reason=Reason.DENIED, obligations={})
                        self._revoke(Lost(grant, replace(judged, decision=denied), ADDRESS_REUSED))

    def _reorder(self, order: Order, asked: Asked) -> None:
        """What was taken is given back where it would be allowed again, and goes on where it would not."""
        judged = self._decider.judge(replace(asked, at=self._clock(), begins=()))
        if judged.decision.reason is Reason.FAILURE:
            return
        if judged.decision.allowed and judged.supi == asked.supi:
            answer = self._decider.keep(judged, CONTINUOUS, order.command.decision)
            if answer.decision.allowed:
                self._open(judged, answer.id, order.asker)
        else:
            self.ordering.renew(order)

    # What is not cut by itself

    def observes(self, asked: Asked, version: int) -> bool:
        """See `Interlocked.observes`: of what is industrial, as long as its session lives and nobody has ordered a cut."""
        binding, session = self._bound(asked)
        if not session or version != self._decider.pdp.snapshot.version:
            return False
        held = self._interlock.holds(Verb.QUARANTINE, binding, asked) == OT
        judged = self._decider.judge(replace(asked, at=self._clock())) if held else None
        if judged is None or judged.decision.reason is Reason.LOCKED or judged.supi != asked.supi:
            return False
        return not any(
            each.live and each.asked and _same(each.asked, asked) for each in self.ordering.orders.of(asked.supi)
        )

    def critical(self) -> list[str]:
        """See `Interlocked.critical`."""
        found = [each for each in self._present.everyone() if self._interlock.critical(each.supi, each)]
        return [address for each in found for address in each.addresses]

    # Locks

    def locked(self, locks: Iterable[Lock], sessions: Iterable[Standing]) -> None:
        """Have points cut these sessions, as far as these locks are about them."""
        standing = list(locks)
        pairs = (
            (lock, session) for session in sessions for lock in standing if lock.holds(self._interlock.traits(session))
        )
        while some := list(islice(pairs, _AT_ONCE)):
            self.ordering.give(*(wish for lock, session in some for wish in self._shut(lock, session)))

    def _shut(self, lock: Lock, session: Standing) -> Iterator[Wish]:
        binding = self._interlock.bound(session.supi, "", session)
        cause = Cause(f"lock:{lock.id}", session.ref, by=lock.owner)
        for verb in (Verb.QUARANTINE, Verb.CUT):
            yield Wish(Command(verb, f"lock:{lock.id}", binding, LONGEST), cause, self.ordering.dispatch.able(verb))

    def concerned(self, subject: Subject, value: str) -> Blast:
        """Whom a lock would concern, of the sessions that live now."""
        lock = Lock("", subject, value, "", "", 0, 0)
        sessions = [each for each in self._present.everyone() if lock.holds(self._interlock.traits(each))]
        supis = dict.fromkeys(each.supi for each in sessions)
        return self._interlock.blast(sessions, [grant for supi in supis for grant in self.grants.of(supi)])

    def unlocked(self, lock: Lock) -> None:
        """A lock does not stand any more: what points were told because of it is taken back."""
        for order in self.ordering.orders.active():
            if order.why == f"lock:{lock.id}":
                self.ordering.end(order, "lock_lifted")

    def close(self) -> None:
        """Carry out what waits."""
        self.ordering.close()


def _same(one: Asked, other: Asked) -> bool:
    return (str(one.resource), one.action) == (str(other.resource), other.action)


def _flow(asked: Asked) -> Flow | None:
    resource = asked.resource
    if not resource.address or resource.port < 0 or not resource.protocol:
        return None
    return Flow(resource.address, resource.port, resource.protocol)
