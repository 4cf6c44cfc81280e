"""Correlation: what comes together within a timespan, as keyed state machines in event time.

`step(correlation, window, event, positions) -> (window, match)` knows no clock and does no I/O; it uses up the window it
is given. A window covers the `timespan` that ends with the latest event seen, both ends included. Events that come a
little late take their place by time; those older than the window are left out, and one that is older by another
timespan means that time starts again (an earlier capture read after a later one). A match happens at every event for
which the condition holds: grouping makes one alert of them.

Memory is bounded: a window keeps only as many of the latest entries as can still change an answer (`value_sum`,
`value_avg` and `value_percentile` judge the latest 4,096), and a correlation keeps so many groups and entries, of which
the one idle for longest goes first. An event that lacks a `group-by` field does not count: what is not known is not
guessed.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from operator import attrgetter
from typing import Protocol

from sentinel.detection.cut import told_apart
from sentinel.detection.recall import Proven, dump_event, expanded, load_event
from sentinel.detection.rule import Correlation, CorrelationType
from sentinel.detection.views import cased, number, text
from sentinel.model.event import Event, Fields, Scalar

MAX_GROUPS = 20_000
MAX_ENTRIES = 200_000
_LEAST_KEPT = 64
_AGGREGATED = 4096
_PROVING = 40  # as many as an alert shows
_time = attrgetter("time")

Key = tuple[str, ...]


class Members(Protocol):
    """What a match of a correlation rests on."""

    def members(self, since: int) -> Sequence[Event]:
        """The events that it rests on now, those before `since` left out."""


class Window(Members, Protocol):
    """What one group of a correlation remembers."""

    latest: int

    def add(self, correlation: Correlation, event: Event, positions: Sequence[int], /) -> int | float | None:
        """Take an event that matched the members at `positions`; the number to judge, if there is one."""

    def __len__(self) -> int: ...

    def dump(self) -> list[object]:
        """The entries in JSON's terms."""

    def load(self, entries: Iterable[Sequence[object]]) -> None:
        """Take back what `dump` gave."""


@dataclass(slots=True)  # not frozen: that makes it three times as dear, and one is made of every match
class Match:
    """A rule or correlation matched at `event`; a correlation's group is in `key` by name, its window proves it.

    The window lives on: `members` is to be asked before the next event.
    """

    event: Event
    key: Mapping[str, Scalar] = field(default_factory=dict)
    number: int | float = 1
    window: Members | None = None

    def members(self, since: int = 0) -> tuple[Event, ...]:
        """The events that prove it, in order of time; those before `since` may be left out."""
        return (self.event,) if self.window is None else expanded(self.window.members(since))


@dataclass(slots=True)
class Counting:
    """Events in order of time: `event_count`."""

    latest: int = 0
    entries: list[Event] = field(default_factory=list)

    def add(self, correlation: Correlation, event: Event, _positions: Sequence[int]) -> int | float | None:
        """The number of events in the window."""
        place(self.entries, event)
        expire(self.entries, self.latest - correlation.timespan, max(correlation.threshold.highest + 1, _LEAST_KEPT))
        return len(self.entries)

    def members(self, since: int) -> Sequence[Event]:
        """All of them."""
        return self.entries[bisect_left(self.entries, since, key=_time) :]

    def __len__(self) -> int:
        return len(self.entries)

    def dump(self) -> list[object]:
        """Each event."""
        return [[dump_event(event)] for event in self.entries]

    def load(self, entries: Iterable[Sequence[object]]) -> None:
        """Each event."""
        self.entries = [load_event(entry[0]) for entry in entries]


def place(entries: list[Event], event: Event) -> None:
    """Put an event where its time belongs, after others of the same time."""
    if not entries or entries[-1].time <= event.time:
        entries.append(event)
    else:
        entries.insert(bisect_right(entries, event.time, key=_time), event)


def expire(entries: list[Event], since: int, most: int) -> list[Event]:
    """Drop entries before `since`, and the oldest beyond `most`; returns them."""
    stale = bisect_left(entries, since, key=_time) if entries and entries[0].time < since else 0
    number = max(stale, len(entries) - most)
    if not number:
        return []
    gone = entries[:number]
    del entries[:number]
    return gone


@dataclass(slots=True)
class Distinct:
    """The latest event of every distinct value, least recent first: `value_count`."""

    latest: int = 0
    entries: dict[str, Event] = field(default_factory=dict)

    def add(self, correlation: Correlation, event: Event, _positions: Sequence[int]) -> int | float | None:
        """The number of distinct values in the window."""
        found = list(_labels(correlation, event.fields))
        for label in found:
            known = self.entries.pop(label, None)
            self.entries[label] = event if known is None or known.time <= event.time else known
        since, most = self.latest - correlation.timespan, max(correlation.threshold.highest + 1, _LEAST_KEPT)
        while self.entries:
            oldest = next(iter(self.entries))
            if self.entries[oldest].time >= since and len(self.entries) <= most:
                break
            del self.entries[oldest]
        return len(self.entries) if found else None

    def members(self, since: int) -> Sequence[Event]:
        """One event a value."""
        return list(takewhile(lambda event: event.time >= since, reversed(self.entries.values())))

    def __len__(self) -> int:
        return len(self.entries)

    def dump(self) -> list[object]:
        """Each value and its event."""
        return [[label, dump_event(event)] for label, event in self.entries.items()]

    def load(self, entries: Iterable[Sequence[object]]) -> None:
        """Each value and its event."""
        self.entries = {str(label): load_event(event) for label, event in entries}


def _labels(correlation: Correlation, fields: Fields) -> Iterable[str]:
    """The values to count in an event: each value of the field, or the one combination of several fields."""
    if len(correlation.values) == 1:
        return [told_apart(text(value)) for value in _scalars(fields, correlation.values[0])]
    parts = [",".join(map(text, _scalars(fields, name))) for name in correlation.values]
    return [told_apart("\x1f".join(parts))] if any(parts) else []


def _scalars(fields: Fields, name: str) -> tuple[Scalar, ...]:
    value = fields.get(name)
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


@dataclass(slots=True)
class Aggregating:
    """Numbers with their events in order of time: `value_sum`, `value_avg`, `value_percentile`."""

    latest: int = 0
    entries: list[Event] = field(default_factory=list)
    numbers: dict[str, tuple[int | float, ...]] = field(default_factory=dict)
    ranked: list[int | float] = field(default_factory=list)
    whole: int = 0  # the sum of the integers; floats are summed anew each time, so that no error piles up
    floats: int = 0

    def add(self, correlation: Correlation, event: Event, _positions: Sequence[int]) -> int | float | None:
        """The aggregate of the window."""
        name = correlation.values[0]
        found = tuple(seen for one in _scalars(event.fields, name) if (seen := number(one)) is not None)
        if not found:
            return None
        if event.id not in self.numbers:
            self._take(event, found)
        for gone in expire(self.entries, self.latest - correlation.timespan, _AGGREGATED):
            self._drop(gone)
        if not self.ranked:
            return None
        if correlation.type is CorrelationType.VALUE_PERCENTILE:  # nearest rank
            return self.ranked[max(math.ceil(correlation.percentile / 100 * len(self.ranked)), 1) - 1]
        total = self.whole + self._fractions() if self.floats else self.whole
        return total if correlation.type is CorrelationType.VALUE_SUM else total / len(self.ranked)

    def _take(self, event: Event, found: tuple[int | float, ...]) -> None:
        place(self.entries, event)
        self.numbers[event.id] = found
        for one in found:
            insort(self.ranked, one)
            self._count(one, 1)

    def _drop(self, event: Event) -> None:
        for one in self.numbers.pop(event.id):
            del self.ranked[bisect_left(self.ranked, one)]
            self._count(one, -1)

    def _fractions(self) -> float:
        return math.fsum(one for found in self.numbers.values() for one in found if isinstance(one, float))

    def _count(self, one: float, sign: int) -> None:
        if isinstance(one, int):
            self.whole += sign * one
        else:
            self.floats += sign

    def members(self, since: int) -> Sequence[Event]:
        """All of them."""
        return self.entries[bisect_left(self.entries, since, key=_time) :]

    def __len__(self) -> int:
        return len(self.entries)

    def dump(self) -> list[object]:
        """Each event and its numbers."""
        return [[list(self.numbers[event.id]), dump_event(event)] for event in self.entries]

    def load(self, entries: Iterable[Sequence[object]]) -> None:
        """Each event and its numbers."""
        for numbers, dumped in entries:
            self._take(load_event(dumped), tuple(numbers) if isinstance(numbers, list) else ())


@dataclass(slots=True)
class Proximate:
    """Recent events of each member: `temporal` and `temporal_ordered`."""

    latest: int = 0
    entries: dict[int, list[Event]] = field(default_factory=dict)
    chain: tuple[Event, ...] = ()

    def add(self, correlation: Correlation, event: Event, positions: Sequence[int]) -> int | float | None:
        """The number of different members in the window; for the ordered kind, of the longest it can complete."""
        for position in positions:
            place(self.entries.setdefault(position, []), event)
        for position in list(self.entries):
            expire(self.entries[position], self.latest - correlation.timespan, _LEAST_KEPT)
            if not self.entries[position]:
                del self.entries[position]
        if correlation.type is CorrelationType.TEMPORAL_ORDERED:
            return self._ordered(correlation, event, positions)
        seen = {position: entries[-1] for position, entries in self.entries.items()}
        self.chain = tuple(sorted({one.id: one for one in (*seen.values(), event)}.values(), key=_time))
        return len(seen)

    def _ordered(self, correlation: Correlation, event: Event, positions: Sequence[int]) -> int | None:
        if correlation.threshold.bounds:
            return self._longest(event, positions, correlation.length)
        for position in positions:
            chain = self._through(event, position, correlation.length)
            if chain and chain[-1].time - chain[0].time <= correlation.timespan:
                self.chain = chain
                return len(chain)
        return None

    def _longest(self, event: Event, positions: Sequence[int], length: int) -> int:
        """How many of the members, in their order but not all of them, `event` can stand among."""
        best: tuple[Event, ...] = ()
        for position in positions:
            before = self._run(event, range(position - 1, -1, -1), later=False)
            after = self._run(event, range(position + 1, length), later=True)
            best = max(best, (*reversed(before), event, *after), key=len)
        self.chain = best
        return len(best)

    def _run(self, start: Event, positions: Sequence[int], *, later: bool) -> tuple[Event, ...]:
        """The longest run away from `start` through these positions, each at most once."""
        if not positions:
            return ()
        best = self._run(start, positions[1:], later=later)  # without the next one
        near = self._at(positions[0]) if later else reversed(self._at(positions[0]))
        for one in near:
            if one.id != start.id and (one.time >= start.time if later else one.time <= start.time):
                found = (one, *self._run(one, positions[1:], later=later))
                return max(best, found, key=len)  # the nearest leaves most room for the others
        return best

    def _through(self, event: Event, position: int, length: int) -> tuple[Event, ...]:
        """The tightest chain in which `event` stands at `position`: latest before it, earliest after it."""
        chain = [event]
        for before in range(position - 1, -1, -1):
            found = next((one for one in reversed(self._at(before)) if _follows(one, chain[0], chain)), None)
            if found is None:
                return ()
            chain.insert(0, found)
        for after in range(position + 1, length):
            found = next((one for one in self._at(after) if _follows(chain[-1], one, chain, later=True)), None)
            if found is None:
                return ()
            chain.append(found)
        return tuple(chain)

    def _at(self, position: int) -> list[Event]:
        return self.entries.get(position, [])

    def members(self, since: int) -> Sequence[Event]:
        """The events that came together."""
        return [event for event in self.chain if event.time >= since]

    def __len__(self) -> int:
        return sum(map(len, self.entries.values()))

    def dump(self) -> list[object]:
        """Each position and event."""
        return [[position, dump_event(event)] for position, events in self.entries.items() for event in events]

    def load(self, entries: Iterable[Sequence[object]]) -> None:
        """Each position and event."""
        for position, event in entries:
            place(self.entries.setdefault(int(str(position)), []), load_event(event))


def _follows(one: Event, other: Event, chain: Sequence[Event], *, later: bool = False) -> bool:
    """Whether `other` is not before `one`, and the new one of them is not in the chain already."""
    new = other if later else one
    return one.time <= other.time and all(new.id != known.id for known in chain)


_WINDOWS: Mapping[CorrelationType, type[Counting | Distinct | Aggregating | Proximate]] = {
    CorrelationType.EVENT_COUNT: Counting,
    CorrelationType.VALUE_COUNT: Distinct,
    CorrelationType.TEMPORAL: Proximate,
    CorrelationType.TEMPORAL_ORDERED: Proximate,
    CorrelationType.VALUE_SUM: Aggregating,
    CorrelationType.VALUE_AVG: Aggregating,
    CorrelationType.VALUE_PERCENTILE: Aggregating,
}


def step(
    correlation: Correlation, window: Window | None, event: Event, positions: Sequence[int]
) -> tuple[Window, Match | None]:
    """One event of a group: the window after it, and the match if the condition holds now."""
    window = _WINDOWS[correlation.type]() if window is None else window
    age = window.latest - event.time
    if age > 2 * correlation.timespan:
        window = _WINDOWS[correlation.type]()
    elif age > correlation.timespan:
        return window, None
    window.latest = max(window.latest, event.time)
    found = window.add(correlation, event, positions)
    held = found is not None and (
        (correlation.type is CorrelationType.TEMPORAL_ORDERED and not correlation.threshold.bounds)
        or correlation.threshold.holds(found)
    )
    return window, Match(event, number=found, window=window) if held and found is not None else None


def group_key(correlation: Correlation, at: int, match: Match) -> Key | None:
    """The group that a match of the member at `at` belongs to, if it says so."""
    fields = match.event.fields
    key = []
    for name in correlation.keys[at]:
        value = match.key.get(name) if name in match.key else fields.get(name)
        if value is None:
            return None
        key.append(told_apart(",".join(map(cased, value)) if isinstance(value, (tuple, list)) else cased(value)))
    return tuple(key)


class Correlator:
    """The groups of one correlation."""

    def __init__(self, correlation: Correlation, max_groups: int = MAX_GROUPS, max_entries: int = MAX_ENTRIES) -> None:
        self.correlation = correlation
        self.members = frozenset(correlation.members)
        self._max_groups, self._max_entries = max_groups, max_entries
        self._windows: OrderedDict[Key, Window] = OrderedDict()
        self._entries = 0

    def observe(self, event: Event, matches: Mapping[str, Match]) -> list[Match]:
        """What comes of an event that matched these rules: usually nothing or one match."""
        groups: dict[Key, list[int]] = {}
        for at, member in enumerate(self.correlation.members):
            match = matches.get(member)
            key = None if match is None else group_key(self.correlation, at, match)
            if key is not None:
                groups.setdefault(key, []).append(at)
        positions = self.correlation.positions
        found = [
            self._step(key, self._standing_for(event, those, matches), sorted({positions[at] for at in those}))
            for key, those in groups.items()
        ]
        return [match for match in found if match is not None]

    def _standing_for(self, event: Event, those: Iterable[int], matches: Mapping[str, Match]) -> Event:
        """The event, with the members of the correlations that matched at it: the first and the latest of many."""
        found = [matches[self.correlation.members[at]] for at in those]
        if all(match.window is None for match in found):
            return event
        members = expanded([one for match in found for one in match.members()])
        return Proven(
            event, members if len(members) <= _PROVING else members[: _PROVING // 2] + members[-_PROVING // 2 :]
        )

    def _step(self, key: Key, event: Event, positions: Sequence[int]) -> Match | None:
        window = self._windows.pop(key, None)
        before = len(window) if window is not None else 0
        window, match = step(self.correlation, window, event, positions)
        self._windows[key] = window
        self._entries += len(window) - before
        self._evict(window.latest - self.correlation.timespan)
        if match is None:
            return None
        named = dict(zip(self.correlation.group_by, key, strict=True))
        return Match(match.event, named, match.number, match.window)

    def _evict(self, since: int) -> None:
        """Forget groups that are idle for longer than the timespan, and the idlest beyond the limits."""
        while len(self._windows) > 1:
            oldest = next(iter(self._windows))
            window = self._windows[oldest]
            full = len(self._windows) > self._max_groups or self._entries > self._max_entries
            if window.latest >= since and not full:
                return
            del self._windows[oldest]
            self._entries -= len(window)

    def inherit(self, other: Correlator) -> None:
        """Go on with what another of the same meaning remembers."""
        self._windows, self._entries = other._windows, other._entries

    def clear(self) -> None:
        """Forget everything."""
        self._windows.clear()
        self._entries = 0

    def dump(self) -> dict[str, object]:
        """The state in JSON's terms."""
        groups = [[list(key), window.latest, window.dump()] for key, window in self._windows.items()]
        return {"version": self.correlation.ref.version, "groups": groups}

    def load(self, state: Mapping[str, object]) -> None:
        """Take back what `dump` gave; nothing, if the rule's file has changed since."""
        groups = state.get("groups")
        if state.get("version") != self.correlation.ref.version or not isinstance(groups, list):
            return
        self.clear()
        for key, latest, entries in groups:
            window = _WINDOWS[self.correlation.type]()
            window.latest = latest
            window.load(entries)
            self._windows[tuple(key)] = window
            self._entries += len(window)
