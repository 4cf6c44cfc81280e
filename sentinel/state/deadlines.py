"""What is to be judged later: an answer that did not come, a plane that fell silent, a grace window that ended.

Deadlines are in packet time. One is met by the first event at or after it, so that a replay meets the same ones. Collectors
have clocks of their own, for one may catch up on an hour while another is live: what is expected at one is judged by its time.

While a live source was not watched (`unseen`), what was expected there may have come: only time that was watched counts.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Any

from sentinel.state.table import Table

Data = tuple[str | int | float | bool, ...]
Deadline = tuple[int, int, str, Data]  # when, in which order, whose, about what
Gap = tuple[int, int]  # from, to
_GAPS = 16  # of a clock that are remembered


class Deadlines(Table):
    """Bounded heaps of deadlines, one of each clock, by their owner's topic.

    `clock` is that of the event which is being taken in; it is met, and given to what is added.
    """

    kept = ("_heaps", "_made", "lost", "_gaps")

    def __init__(self, cap: int = 1_000_000) -> None:
        self._heaps: dict[str, list[Deadline]] = {}
        self._gaps: dict[str, tuple[Gap, ...]] = {}
        self._made = 0
        self.clock = ""
        self.cap = cap
        self.lost = 0

    def add(self, when: int, topic: str, *data: str | float | bool) -> None:
        """Ask `topic` at `when`; when there are too many deadlines already, this one is not kept."""
        if len(self) >= self.cap:
            self.lost += 1
            return
        self._made += 1
        heapq.heappush(self._heaps.setdefault(self.clock, []), (when, self._made, topic, data))

    def next(self) -> int:
        """When the next one is due; never, where there is none."""
        heap = self._heaps.get(self.clock)
        return heap[0][0] if heap else 1 << 63

    def met(self, now: int) -> Iterator[tuple[int, str, Data]]:
        """Those that are due, oldest first; one may add others."""
        heap = self._heaps.get(self.clock, [])
        while heap and heap[0][0] <= now:
            when, _, topic, data = heapq.heappop(heap)
            yield when, topic, data

    def unseen(self, since: int, until: int, once: frozenset[str]) -> list[tuple[str, Data]]:
        """Nothing was seen of the clock meanwhile: what is due is due so much later.

        What was expected `once` may have come, and will not come again: it is given back, and not asked for any more.
        """
        self._gaps[self.clock] = (*self._gaps.get(self.clock, ()), (since, until))[-_GAPS:]
        heap = self._heaps.get(self.clock, [])
        self._heaps[self.clock] = later = [
            (when + until - since, made, topic, data) for when, made, topic, data in heap if topic not in once
        ]
        heapq.heapify(later)
        return [(topic, data) for _, _, topic, data in sorted(heap) if topic in once]

    def watched(self, since: int, until: int) -> int:
        """Nanoseconds between two moments, without those in which nothing was seen of the clock."""
        gaps = self._gaps.get(self.clock, ())
        return until - since - sum(max(0, min(until, end) - max(since, begin)) for begin, end in gaps)

    def load(self, kept: Mapping[str, Any]) -> None:
        """See `Table.load`; snapshots without gaps hold none."""
        super().load({"_gaps": {}, **kept})

    def __len__(self) -> int:
        return sum(map(len, self._heaps.values()))
