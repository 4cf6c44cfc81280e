"""What terminals held over time, each read once: for traffic of the past, which asks of the same ones again and again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from sentinel.state.history import Held

MOST = 200_000  # intervals that are remembered, some hundred MB; then they are read anew


class Past(Protocol):
    """Who held what, and when: `sentinel.state.history.History`."""

    def holders(self, kind: str, key: str, at: int) -> list[Held]:
        """Who held `key` at that moment."""

    def holdings(self, supi: str, since: int, until: int, most: int = ...) -> list[Held]:
        """All that a terminal held in a span, the latest first, and no more than `most` of it."""


class Phase(NamedTuple):
    """What a terminal held from one change to the next; its number is the same for all moments between them."""

    number: int
    held: Sequence[Held]


class _Timeline:
    """One terminal."""

    def __init__(self, held: Sequence[Held]) -> None:
        self._held = held
        self._changes = sorted({moment for each in held for moment in (each.since, each.until) if moment is not None})
        self._phases: dict[int, Phase] = {}

    def number(self, at: int) -> int:
        return bisect_right(self._changes, at)

    def at(self, at: int) -> Phase:
        number = self.number(at)
        found = self._phases.get(number)
        if found is None:
            here = [each for each in self._held if each.since <= at and (each.until is None or each.until > at)]
            found = self._phases[number] = Phase(number, here)
        return found


class Timelines:
    """A `Past` for single moments over one that is asked once for each terminal."""

    def __init__(self, past: Past, most: int = MOST) -> None:
        self._past, self._most = past, most
        self._known: dict[str, _Timeline] = {}
        self._size = 0

    def at(self, supi: str, at: int) -> Phase:
        """What a terminal held at a moment."""
        return (self._known.get(supi) or self._read(supi)).at(at)

    def number(self, supi: str, at: int) -> int:
        """The number of the phase of that moment."""
        return (self._known.get(supi) or self._read(supi)).number(at)

    def _read(self, supi: str) -> _Timeline:
        held = self._past.holdings(supi, 0, 2**63 - 1, 2**31)
        if self._size + len(held) > self._most:
            self._known.clear()
            self._size = 0
        self._size += len(held)
        found = self._known[supi] = _Timeline(held)
        return found

    def holders(self, kind: str, key: str, at: int) -> list[Held]:
        """See `Past.holders`."""
        return self._past.holders(kind, key, at)

    def holdings(self, supi: str, since: int, until: int, most: int = 2**31) -> list[Held]:
        """See `Past.holdings`; of one moment from memory."""
        if until != since + 1:
            return self._past.holdings(supi, since, until, most)
        return list(self.at(supi, since).held)[:most]


def sessions(held: Sequence[Held], address: str) -> Sequence[Held]:
    """The sessions that somebody may be in who asks from an address: that one, or any where none has it."""
    found = [each for each in held if each.kind == "address"]
    return [each for each in found if each.key == address] or found
