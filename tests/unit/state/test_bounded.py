"""Tables forget the oldest entry beyond their cap."""

from __future__ import annotations

from sentinel.state.bounded import Bounded


def test_the_oldest_written_goes_first() -> None:
    table: Bounded[str, int] = Bounded(2)
    table["a"], table["b"] = 1, 2
    table["a"] = 3
    table["c"] = 4
    assert dict(table) == {"a": 3, "c": 4}
    assert table.evicted == 1
