"""Orders: what enforcement points were told because of a decision, and what came of it; also those that wait for people."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sentinel.access.information.kept import Kept, drop
from sentinel.access.information.pip import Asked
from sentinel.access.information.wording import SECOND
from sentinel.crypto.digest import digest_sm3
from sentinel.model.enforcement import Command, Outcome, State
from sentinel.model.facts import Kind, Told


class Phase(StrEnum):
    """How far an order is."""

    HELD = "held"  # it waits for two persons
    REFUSED = "refused"  # one of them said no
    SENT = "sent"
    ACKED = "acked"
    PROVEN = "proven"
    LEAKED = "leaked"
    FAILED = "failed"
    UNDOING = "undoing"  # taken back, and a point has not said yet that it lets go
    ENDED = "ended"  # taken back, or its time is over


LIVE = frozenset({Phase.SENT, Phase.ACKED, Phase.PROVEN, Phase.LEAKED, Phase.FAILED})
_WHOLE = (State.FAILED, State.LEAKED, State.ACKED, State.PROVEN, State.SENT)  # what it is of several points, the first


@dataclass(frozen=True, slots=True)
class Blast:
    """Whom an order concerns, of the sessions that live now."""

    terminals: tuple[str, ...] = ()  # SUPIs
    groups: tuple[tuple[str, int], ...] = ()  # how many terminals of which
    sessions: int = 0
    grants: int = 0
    resources: tuple[str, ...] = ()
    critical: int = 0  # safety-critical sessions


@dataclass(frozen=True, slots=True)
class Order:
    """An order. Times are in nanoseconds since the epoch; `asked` is what was denied, where it was one thing."""

    id: str
    command: Command
    why: str
    session: str  # name of the session, as it was
    points: tuple[str, ...]
    created: int
    phase: Phase
    at: int  # of the phase
    held: str = ""  # why it waits, or waited: `safety` or `ot`
    by: str = ""  # who gave it, where a person did; who refused it or took it back
    asked: Asked | None = None
    asker: str = ""  # the enforcement point that had asked
    outcomes: tuple[Outcome, ...] = ()  # the latest of each point
    approvals: tuple[str, ...] = ()
    blast: Blast = Blast()
    detail: str = ""
    evidence: tuple[str, ...] = ()  # packets that leaked, one line each

    @property
    def until(self) -> int:
        """When it ends by itself."""
        return self.created + self.command.ttl * SECOND

    @property
    def live(self) -> bool:
        """Whether points have been told, and hold it."""
        return self.phase in LIVE

    @property
    def holding(self) -> tuple[str, ...]:
        """Of one that is taken back: the points that have not said that they let go."""
        freed = {each.point for each in self.outcomes if each.state is State.ACKED}
        return tuple(point for point in self.points if point not in freed)

    def freed(self, outcome: Outcome) -> Order:
        """With what one point said of its taking back; over with the last of them."""
        after = replace(self, outcomes=(*(each for each in self.outcomes if each.point != outcome.point), outcome))
        return after if after.holding else replace(after, phase=Phase.ENDED, at=outcome.at)

    def given(self, outcome: Outcome) -> Order:
        """With what one point said; proof is the tap's, and stands."""
        others = tuple(each for each in self.outcomes if each.point != outcome.point)
        outcomes = (*others, outcome)
        phase = next(state for state in _WHOLE if any(each.state is state for each in outcomes))
        if self.phase in (Phase.PROVEN, Phase.LEAKED) and outcome.state is State.ACKED:
            return replace(self, outcomes=outcomes)
        return replace(self, outcomes=outcomes, phase=Phase(phase.value), at=outcome.at, detail=outcome.detail)


def name_of(command: Command) -> str:
    """A name for it that names no person."""
    return f"{command.decision}-{command.verb}-{digest_sm3(command.id.encode())[:8]}"


_KEPT = Kept(Kind.ORDER, Order)


class Orders:
    """All orders that are live or wait, and for a while those that are over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[str, Order] = {}
        self._of: dict[str, dict[str, None]] = {}  # those that are live or wait, by SUPI
        self._commands: dict[str, str] = {}  # of those, by what points call them
        self._undoing: dict[str, str] = {}  # those that are taken back, likewise
        self._at: dict[str, dict[str, None]] = {}  # by address of the terminal
        self._in: dict[str, dict[str, None]] = {}  # by session
        self._changed: dict[str, Order] = {}

    def take(self, told: Told) -> None:
        """Fold in a fact, when beginning anew."""
        self._put(_KEPT.read(told))

    def put(self, order: Order) -> Order:
        """It is so now."""
        with self._lock:
            self._put(order)
            self._changed[order.id] = order
            return order

    def _put(self, order: Order) -> None:
        if (before := self._orders.get(order.id)) is not None:
            drop(self._in, before.session, order.id)
        self._orders[order.id] = order
        binding = order.command.binding
        if order.live or order.phase is Phase.HELD:
            self._commands[order.command.id] = order.id
            self._of.setdefault(binding.supi, {})[order.id] = None
            self._at.setdefault(binding.address, {})[order.id] = None
            self._in.setdefault(order.session, {})[order.id] = None
        else:
            self._commands.pop(order.command.id, None)
            self._undoing.pop(order.command.id, None)
            drop(self._of, binding.supi, order.id)
            drop(self._at, binding.address, order.id)
        if order.phase is Phase.UNDOING:
            self._undoing[order.command.id] = order.id

    def came(self, outcome: Outcome) -> Order | None:
        """What came of a command at a point; the order, unless it is over."""
        with self._lock:
            order = self._orders.get(self._commands.get(outcome.command, ""))
            if order is None or not order.live:
                return None
            after = order.given(outcome)
            self._put(after)
            self._changed[after.id] = after
            return after

    def undone(self, outcome: Outcome) -> tuple[Order, Order] | None:
        """What came of taking one back: the order before and after, unless it is over."""
        with self._lock:
            before = self._orders.get(self._undoing.get(outcome.command, ""))
            if before is None:
                return None
            after = before.freed(outcome)
            self._put(after)
            self._changed[after.id] = after
            return before, after

    def undoing(self) -> Sequence[Order]:
        """Those that are taken back, and that points may hold still."""
        with self._lock:
            return [self._orders[each] for each in self._undoing.values()]

    def get(self, order: str) -> Order | None:
        """One by its id."""
        return self._orders.get(order)

    def of(self, supi: str) -> Sequence[Order]:
        """Those of a terminal that are live or wait."""
        with self._lock:
            return [self._orders[each] for each in self._of.get(supi, ())]

    def at(self, address: str) -> Sequence[Order]:
        """The same of an address, whoever has it."""
        with self._lock:
            return [self._orders[each] for each in self._at.get(address, ())]

    def within(self, session: str) -> Sequence[Order]:
        """The same of a session."""
        with self._lock:
            return [self._orders[each] for each in self._in.get(session, ())]

    def everyone(self) -> Sequence[Order]:
        """All, the newest first."""
        with self._lock:
            return sorted(self._orders.values(), key=lambda order: -order.created)

    def active(self) -> Sequence[Order]:
        """All that are live or wait."""
        with self._lock:
            return [self._orders[each] for mine in self._of.values() for each in mine]

    def forget(self, before: int) -> None:
        """Those that were over before then."""
        with self._lock:
            gone = [
                each.id
                for each in self._orders.values()
                if each.at < before and each.phase in (Phase.ENDED, Phase.REFUSED)
            ]
            for each in gone:
                del self._orders[each]

    def changes(self) -> list[Told]:
        """What changed since this was last asked."""
        with self._lock:
            changed, self._changed = self._changed, {}
        over = (Phase.ENDED, Phase.REFUSED)
        return [_KEPT.told(each.id, each.at, each, over=each.phase in over) for each in changed.values()]
