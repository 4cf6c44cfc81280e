"""What clauses want, in words."""

from __future__ import annotations

import pytest

from sentinel.access.engine.conditions import OneOf, Within
from sentinel.state.calendar import week
from sentinel.web.clauses import wanted
from sentinel.web.i18n import Translator, zone


@pytest.mark.parametrize(
    ("clause", "text", "expected"),
    [
        ("dnn", str(OneOf("dnn", frozenset({"ot", "internet"}))), "internet or ot"),
        ("trust", str(Within("trust", ((60, 100),))), "≥ 60"),
        ("trust", "50 … 100", "≥ 50"),
        ("facts_age", str(Within("facts_age", ((0, 60),))), "≤ 1 min 0 s"),
        ("time", "0 … 1798732799999999999", "before its end"),
        (
            "minute",
            str(Within("minute", week("mon 07:00-19:00; sat 22:00-02:00"))),
            "Mon 07:00–19:00, Sat 22:00–Sun 02:00",
        ),
    ],
)
def test_clauses(clause: str, text: str, expected: str) -> None:
    """Sets, bounds, durations, hours of the week."""
    assert wanted(Translator("en", zone("UTC")), clause, text) == expected
