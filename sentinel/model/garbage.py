"""How often Python looks for garbage: what lasts here holds no cycles, and a look at all of it stops everything else."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 20_000  # objects that are made before the young ones are looked at
_ENOUGH = 5_000  # things that last, each of some ten objects: to look at them takes some milliseconds


def settle() -> None:
    """Have Python look for garbage seldom, and never at what is loaded."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)


class Lasting:
    """What lasts and is made one by one: whenever there is enough of it, Python is told never to look at it again.

    Else each look at everything takes longer than the one before, and whoever waits meanwhile is kept waiting.
    """

    def __init__(self, every: int = _ENOUGH) -> None:
        self._every, self._made = every, 0

    def made(self, number: int) -> None:
        """So many things that last were made."""
        self._made += number
        if self._made >= self._every:
            self._made = 0
            gc.collect()  # first: what is garbage now would never be found
            gc.freeze()


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looks for garbage, while much is made at once that is going to last."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
