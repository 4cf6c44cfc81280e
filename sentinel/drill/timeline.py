"""The time of a drill: actors that wait, and the frames that they leave behind.

An actor is a generator that yields the seconds it waits. The timeline always resumes the actor whose time comes first,
so frames leave in order of time and actors that share an association see each other's sequence numbers.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterator
from typing import TypeVar

from sentinel.model.event import Frame

T = TypeVar("T")
Play = Generator[float, None, T]
"""What an actor is: it yields seconds to wait and may return a value to the actor that called it."""

ETHERNET = 1
_SECOND = 1_000_000_000


class Timeline:
    """Runs actors in order of time; deterministic, since actors due at once run in the order they were added."""

    def __init__(self, start_ns: int) -> None:
        self.now = start_ns
        self._due: list[tuple[int, int, Play[None]]] = []
        self._added = 0
        self._frames: list[Frame] = []

    def add(self, actor: Play[None], after: float = 0.0) -> None:
        """Let `actor` start in `after` seconds."""
        self._added += 1
        heapq.heappush(self._due, (self.now + round(after * _SECOND), self._added, actor))

    def emit(self, data: bytes) -> None:
        """A frame on the wire, now."""
        self._frames.append(Frame(self.now, ETHERNET, data))

    def run(self) -> Iterator[Frame]:
        """The frames of all actors, until the last has ended."""
        while self._due:
            self.now, _, actor = heapq.heappop(self._due)
            wait = next(actor, None)
            if wait is not None:
                self.add(actor, wait)
            yield from self._frames
            self._frames.clear()
