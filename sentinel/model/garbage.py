"""How often Python looks for garbage: what lasts here holds no cycles, and a look at all of it stops everything else."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 20_000  # objects that are made before the young ones are looked at


def settle() -> None:
    """Have Python look for garbage seldom, and never at what is loaded."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)


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
