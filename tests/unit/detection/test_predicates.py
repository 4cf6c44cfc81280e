"""Every predicate answers what its own Python source answers."""

from __future__ import annotations

import re

import pytest

from sentinel.detection.predicates import Affix, Between, Compare, Constants, Equals, Pattern, Predicate
from sentinel.detection.views import Seen


@pytest.mark.parametrize(
    ("predicate", "yes", "no"),
    [
        (Equals(("a",)), "a", "b"),
        (Equals(("a", "b")), "b", "c"),
        (Affix("startswith", ("ab", "x")), "xy", "yab"),
        (Affix("endswith", ("ab",)), "cab", "abc"),
        (Affix("contains", ("ab", "'")), "it's", "ba"),
        (Pattern("^a+$", re.IGNORECASE), "AA", "ab"),
        (Compare(">=", 3), 3, 2),
        (Between(3, 5), 4, 6),
    ],
)
def test_holds_and_source_agree(predicate: Predicate, yes: Seen, no: Seen) -> None:
    constants = Constants()
    source = predicate.source("value", constants)
    found = [bool(eval(source, constants.values | {"value": value})) for value in (yes, no)]  # our own text
    assert found == [predicate.holds(yes), predicate.holds(no)] == [True, False]
