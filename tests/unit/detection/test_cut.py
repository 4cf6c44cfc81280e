"""Long values are cut once, and the same the second time."""

from __future__ import annotations

import pytest

from sentinel.detection import cut


@pytest.mark.parametrize("text", ["", "x" * 512, "x" * 513, "基" * 65_536, "\ud800" * 600])
def test_never_longer_and_never_cut_twice(text: str) -> None:
    for make in (cut.shown, cut.told_apart):
        once = make(text)
        assert len(once) <= cut.LONGEST
        assert make(once) == once
        assert (once == text) is (len(text) <= cut.LONGEST)


def test_what_is_no_text_stays() -> None:
    assert [cut.value(one) for one in (5, 0.5, True, ("a", 1))] == [5, 0.5, True, ("a", 1)]


def test_long_texts_differ_where_their_ends_do() -> None:
    assert cut.told_apart("x" * 600 + "1") != cut.told_apart("x" * 600 + "2")
