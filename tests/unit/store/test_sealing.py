"""Texts give way to others where they stand by themselves; what hides nothing seals and opens nothing."""

from __future__ import annotations

import pytest

from sentinel.errors import CryptoError
from sentinel.store.query import And, Compare, Equals, parse
from sentinel.store.sealing import Clear, asked, replaced, restored, swap


def test_a_text_gives_way_where_it_stands_alone() -> None:
    """Not inside a longer number."""
    change = swap({"12345": "X", "123": "Y"})
    assert change("12345, 123 a=12345 123456 x12345") == "X, Y a=X 123456 x12345"
    assert replaced({"a": ["12345", 12345, None], "b": ("123",)}, change) == {"a": ["X", 12345, None], "b": ("Y",)}
    assert restored({"a": "X"}, {}) == {"a": "X"}


def test_clear_hides_nothing() -> None:
    """And a query stays as it is, a part of an identifier among it."""
    clear = Clear()
    assert clear.hide({"fiveg.supi": "999"}) == ({"fiveg.supi": "999"}, {})
    assert clear.pseudonyms("999", "fiveg.supi") == ()
    tree = parse("fiveg.supi:999* fiveg.supi:>5")
    assert asked(tree, clear) is tree
    assert tree == And((Equals("fiveg.supi", "999*", wild=True), Compare("fiveg.supi", ">", 5.0)))
    for step in (clear.seal, clear.open):
        with pytest.raises(CryptoError):
            step("frames", "row", b"octets")
