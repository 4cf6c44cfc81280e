from __future__ import annotations

import gc

from sentinel.model.garbage import settle, uncollected


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
