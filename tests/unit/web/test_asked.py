"""Decisions as pages show them."""

from __future__ import annotations

from sentinel.model.access import Miss, Request, Subject
from sentinel.web.asked import NearMiss, example, near, read_miss
from tests.deciding import PLC


def test_a_miss_is_read_as_it_was_recorded() -> None:
    """Known or not; another text is none."""
    for got in ("49", ""):
        miss = Miss("r1", "trust", "in 50 … 100", got)
        assert read_miss(str(miss)) == near(miss) == NearMiss("r1", "trust", "50 … 100", got)
    assert read_miss("something else") is None


def test_an_example_names_the_terminal_as_it_is_told_to() -> None:
    """And says of a supposed one that it is."""
    made = example(
        Request(Subject("999990000000001", ("any", "supi:999990000000001", "grp:x")), "s", PLC, "connect"), "ps-1"
    )
    assert made is not None
    assert (made.supi, made.supposed, made.keys) == ("ps-1", True, ("grp:x",))
    assert example(None, "") is None
