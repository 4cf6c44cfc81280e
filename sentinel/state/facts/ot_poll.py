"""Has a cycle of polls stopped?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.facts.ot_conversation import PROTOCOLS
from sentinel.state.fields import text
from sentinel.state.world import World

LEARNT = 20  # polls after which a cycle is known
MISSED = 3  # periods
_LEAST, _MOST = 10**8, 300 * 10**9  # of a period
_STEADY = 0.5  # mean deviation over mean that a cycle may have
_WEIGHT = 0.1


@dataclass(slots=True, eq=False)
class Cycle:
    """Polls of one master, station and function."""

    last: int
    period: float = 0.0
    deviation: float = 0.0
    polls: int = 1
    armed: bool = False
    lost: bool = False
    held: int = 0  # ends that had a session when it was last looked at


class OtPoll(Fact):
    """A learnt cycle missed for more than three periods, while the plane is heard and the terminal is there."""

    fields = {
        "ot.poll.period": spec("double", "seconds between two polls, as learnt", "轮询周期（秒）"),
        "ot.poll.silent_for": spec("double", "seconds since the last poll", "轮询中断秒数"),
    }
    kinds = tuple(f"{protocol}.*" for protocol in PROTOCOLS)
    topics = ("ot_poll",)
    derives = ("ot.poll_lost",)

    def __init__(self) -> None:
        self._cycles: Bounded[tuple[str, str, str, str], Cycle] = Bounded(50_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        get = event.fields.get
        if get("ot.direction") != "request" or get("ot.operation") != "read":
            return {}
        key = (
            str(get("source.ip", "")), str(get("destination.ip", "")),
            event.kind.partition(".")[0], text(event.fields, "ot.function"),
        )  # fmt: skip
        cycle = self._cycles.get(key)
        if cycle is None:
            self._cycles[key] = Cycle(event.time)
            return {}
        gap, cycle.last, cycle.lost = world.deadlines.watched(cycle.last, event.time), event.time, False
        if gap <= 0:
            return {}
        cycle.polls += 1
        weight = max(_WEIGHT, 1 / (cycle.polls - 1))
        cycle.deviation += weight * (abs(gap - cycle.period) - cycle.deviation) if cycle.polls > 2 else 0.0
        cycle.period += weight * (gap - cycle.period)
        if not cycle.armed and _known(cycle):
            cycle.armed, cycle.held = True, _held(key[0], key[1], world)
            world.deadlines.add(event.time + _patience(cycle), "ot_poll", *key)
        return {}

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        source, target, protocol, function = key = (str(data[0]), str(data[1]), str(data[2]), str(data[3]))
        cycle = self._cycles.get(key)
        if cycle is None:
            return
        cycle.armed = False
        if not _known(cycle):
            return
        silent = world.deadlines.watched(cycle.last, when)
        if silent < _patience(cycle):
            cycle.armed, cycle.held = True, max(cycle.held, _held(source, target, world))
            world.deadlines.add(when - silent + _patience(cycle), "ot_poll", *key)
        elif not cycle.lost and _heard(cycle.last, world) and _held(source, target, world) >= cycle.held:
            cycle.lost = True
            yield derived("ot.poll_lost", when, {
                "source.ip": source, "destination.ip": target, "network.protocol": protocol, "ot.function": function,
                "ot.poll.period": round(cycle.period / 1e9, 3), "ot.poll.silent_for": round(silent / 1e9, 3),
                **_whose(source, when, world),
            })  # fmt: skip


def _known(cycle: Cycle) -> bool:
    return cycle.polls >= LEARNT and _LEAST <= cycle.period <= _MOST and cycle.deviation <= _STEADY * cycle.period


def _patience(cycle: Cycle) -> int:
    return max(int(MISSED * cycle.period), 10**9)


def _heard(last: int, world: World) -> bool:
    """Something was heard on N3 since."""
    plane = world.planes.of("N3")
    return plane is not None and plane.last > last


def _held(source: str, target: str, world: World) -> int:
    """How many ends of the conversation have a session that is not over."""
    ends = (world.sessions.of_address(address, world.now) for address in (source, target))
    return sum(1 for each in ends if each is not None and each.over() is None)


def _whose(address: str, now: int, world: World) -> Mapping[str, Value]:
    session = world.sessions.of_address(address, now)
    return session.facts() if session is not None else {}
