"""Discovery finds concrete classes that a package's own modules define."""

from __future__ import annotations

from sentinel.plugins import discover
from sentinel.state import facts
from sentinel.state.base import Fact


def test_facts_are_found_once_and_without_their_base() -> None:
    found = discover(facts, Fact)  # type: ignore[type-abstract]  # the base is what is asked for
    names = [fact.__name__ for fact in found]
    assert "GnbRegistered" in names
    assert "Fact" not in names
    assert len(names) == len(set(names))
