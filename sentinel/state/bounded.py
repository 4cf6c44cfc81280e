"""A mapping that forgets its least recently written entries beyond a cap."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(OrderedDict[K, V]):
    """At most `cap` entries; writing one more evicts the oldest and counts it in `evicted`."""

    def __init__(self, cap: int) -> None:
        super().__init__()
        self.cap = cap
        self.evicted = 0

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self.cap:
            self.popitem(last=False)
            self.evicted += 1

    def __reduce__(self) -> tuple[Any, ...]:
        """For snapshots. A generator hands the entries on, so that other threads get their turn between two of them."""

        def entries() -> Iterator[tuple[K, V]]:
            yield from self.items()

        return Bounded, (self.cap,), {"cap": self.cap, "evicted": self.evicted}, None, entries()
