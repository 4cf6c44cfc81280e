"""Absence: what should have followed and did not (`sentinel.absence`), as keyed state machines in event time.

Of a `temporal_ordered` correlation the last rule is the one that is missed: once those before it have matched in their
order, it has until `timespan` after the first of them. Of an `event_count` with `lt: 1` it is the rule itself: a group
that was seen and then is silent for a whole timespan. Only time that was seen to pass counts: the alarm comes with the
first event of whatever kind that is later than the deadline, and none at the end of a capture. The match is the last
event that did come. An answer at the deadline is in time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sentinel.detection.correlate import MAX_GROUPS, Correlator, Key, Match, group_key
from sentinel.detection.recall import dump_event, expanded, load_event
from sentinel.detection.rule import Correlation, CorrelationType
from sentinel.model.event import Event


@dataclass(frozen=True, slots=True)
class Came:
    """What did come, as the members of a match."""

    events: tuple[Event, ...]

    def members(self, since: int) -> Sequence[Event]:
        """All of it."""
        return [event for event in self.events if event.time >= since]


class Waiting:
    """What one correlation still waits for, by group."""

    def __init__(self, correlation: Correlation, most: int = MAX_GROUPS) -> None:
        self.correlation = correlation
        self.members = frozenset(correlation.members)
        self._most = most
        self._due: dict[Key, tuple[int, tuple[Event, ...]]] = {}
        self._heap: list[tuple[int, Key]] = []
        self._silence = correlation.type is CorrelationType.EVENT_COUNT
        self._last = correlation.length - 1
        self._before = None if self._silence or self._last < 2 else Correlator(_prefix(correlation))

    @property
    def next(self) -> int | None:
        """The next deadline, or an earlier one that was put off."""
        return self._heap[0][0] if self._heap else None

    def observe(self, event: Event, matches: Mapping[str, Match]) -> None:
        """Take an event that matched these rules."""
        if self._silence:
            for key in self._keys(matches, 0):
                self._wait(key, event.time + self.correlation.timespan, (event,), renew=True)
            return
        for key in self._keys(matches, self._last):
            self._due.pop(key, None)
        if self._before is not None:
            for match in self._before.observe(event, matches):
                came = match.members()
                key = tuple(str(match.key[name]) for name in self.correlation.group_by)
                self._wait(key, came[0].time + self.correlation.timespan, came)
            return
        for key in self._keys(matches, 0):
            self._wait(key, event.time + self.correlation.timespan, (event,))

    def _keys(self, matches: Mapping[str, Match], position: int) -> set[Key]:
        found = set()
        for at, member in enumerate(self.correlation.members):
            if self.correlation.positions[at] == position and member in matches:
                key = group_key(self.correlation, at, matches[member])
                if key is not None:
                    found.add(key)
        return found

    def _wait(self, key: Key, deadline: int, came: tuple[Event, ...], *, renew: bool = False) -> None:
        known = self._due.get(key)
        if known is not None and not (renew and deadline >= known[0]):
            return
        self._due[key] = (deadline, came)
        if known is None:
            heapq.heappush(self._heap, (deadline, key))
        if len(self._due) > self._most:  # the oldest of many is not waited for any more
            self._due.pop(next(iter(self._due)))

    def passed(self, now: int) -> list[Match]:
        """What did not come before `now`, in order of its deadlines."""
        found = []
        while self._heap and self._heap[0][0] < now:
            _, key = heapq.heappop(self._heap)
            due = self._due.get(key)
            if due is None:
                continue
            if due[0] >= now:  # it was put off
                heapq.heappush(self._heap, (due[0], key))
                continue
            del self._due[key]
            named = dict(zip(self.correlation.group_by, key, strict=True))
            found.append(Match(expanded(due[1])[-1], named, 0, Came(due[1])))
        return found

    def inherit(self, other: Waiting) -> None:
        """Go on with what another of the same meaning remembers."""
        self._due, self._heap = other._due, other._heap
        if self._before is not None and other._before is not None:
            self._before.inherit(other._before)

    def clear(self) -> None:
        """Forget everything."""
        self._due.clear()
        self._heap.clear()
        if self._before is not None:
            self._before.clear()

    def dump(self) -> dict[str, object]:
        """The state in JSON's terms."""
        rows = [
            [list(key), due, [*map(dump_event, came[:-1]), dump_event(came[-1], whole=True)]]  # it becomes an alert's
            for key, (due, came) in self._due.items()
        ]
        before = None if self._before is None else self._before.dump()
        return {"version": self.correlation.ref.version, "due": rows, "before": before}

    def load(self, state: Mapping[str, object]) -> None:
        """Take back what `dump` gave; nothing, if the rule's file has changed since."""
        rows = state.get("due")
        if state.get("version") != self.correlation.ref.version or not isinstance(rows, list):
            return
        self.clear()
        for key, due, came in rows:
            self._due[tuple(key)] = (int(due), tuple(map(load_event, came)))
        self._heap = sorted((due, key) for key, (due, _) in self._due.items())
        before = state.get("before")
        if self._before is not None and isinstance(before, dict):
            self._before.load(before)


def _prefix(correlation: Correlation) -> Correlation:
    """The part of it that does come."""
    last = correlation.length - 1
    kept = [at for at, place in enumerate(correlation.positions) if place != last]

    def those(values: Sequence[object]) -> Iterable[object]:
        return (values[at] for at in kept)

    return replace(
        correlation,
        members=tuple(those(correlation.members)),  # type: ignore[arg-type]  # one type in, the same out
        keys=tuple(those(correlation.keys)),  # type: ignore[arg-type]  # as above
        places=tuple(those(correlation.positions)),  # type: ignore[arg-type]  # as above
        absence=False,
    )
