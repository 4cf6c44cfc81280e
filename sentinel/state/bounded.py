"""A mapping that forgets its least recently written entries beyond a cap."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")
_set = OrderedDict.__setitem__  # looking for the class above takes as long as writing


class Bounded(OrderedDict[K, V]):
    """At most `cap` entries; writing one more evicts the oldest and counts it in `evicted`."""

    def __init__(self, cap: int) -> None:
        super().__init__()
        self.cap = cap
        self.evicted = 0

    def __setitem__(self, key: K, value: V) -> None:
        _set(self, key, value)
        self.move_to_end(key)
        if len(self) > self.cap:
            self.popitem(last=False)
            self.evicted += 1
