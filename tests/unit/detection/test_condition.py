"""The condition line: precedence, quantifiers, and what it refuses."""

from __future__ import annotations

import pytest

from sentinel.detection.condition import ConditionError, parse
from sentinel.detection.interpret import holds
from sentinel.detection.tree import Present

SEARCHES = {name: Present(name, True, name) for name in ("a", "b", "c", "_hidden")}


@pytest.mark.parametrize(
    ("condition", "present", "expected"),
    [
        ("a", "a", True),
        ("a or b and c", "a", True),
        ("(a or b) and c", "a", False),
        ("not a and b", "b", True),
        ("not (a and b)", "a", True),
        ("not not a", "a", True),
        ("1 of them", "c", True),
        ("1 of them", "_hidden", False),
        ("any of _*", "_hidden", True),
        ("all of them", "abc", True),
        ("all of them", "ab", False),
        ("2 of them", "ac", True),
        ("2 of them", "a", False),
        ("a AND NOT b", "a", True),
    ],
)
def test_conditions(condition: str, present: str, expected: bool) -> None:
    names = [present] if present.startswith("_") else list(present)
    assert holds(parse(condition, SEARCHES), dict.fromkeys(names, "x")) is expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("d", "unknown search identifier `d`"),
        ("a and", "expected a search identifier in the condition, got `its end`"),
        ("(a", "expected `)`"),
        ("a b", "unexpected `b`"),
        ("4 of them", "cannot be"),
        ("0 of them", "cannot be"),
        ("1 of d*", "names no search identifier"),
        ("not " * 40 + "a", "nested too deeply"),
        ("(" * 40 + "a" + ")" * 40, "nested too deeply"),
        ("a | count() > 5", "unexpected `|`"),
    ],
)
def test_refused(condition: str, message: str) -> None:
    with pytest.raises(ConditionError, match=r".*") as caught:
        parse(condition, SEARCHES)
    assert message in str(caught.value)
