from __future__ import annotations

import gc
from weakref import ref

from sentinel.model.garbage import Lasting, settle, uncollected


def test_a_process_that_settles_looks_for_garbage_seldom_and_never_at_what_is_loaded() -> None:
    before = gc.get_threshold()
    try:
        gc.unfreeze()
        gc.set_threshold(700)
        settle()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] > 700
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_what_is_made_at_once_is_not_looked_through_and_afterwards_all_is_as_it_was() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_lasts_is_out_of_sight_when_there_is_enough_of_it_and_garbage_is_not_kept() -> None:
    class Knot:
        """One that holds itself."""

        def __init__(self) -> None:
            self.me = self

    gc.unfreeze()
    gc.disable()  # nobody else finds it
    try:
        lasting, known = Lasting(10), ref(Knot())
        lasting.made(9)
        assert (gc.get_freeze_count(), known() is None) == (0, False)
        lasting.made(1)
        assert known() is None
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()
