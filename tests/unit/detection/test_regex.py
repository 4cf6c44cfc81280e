"""Expressions that RE2 runs and that stay quick are allowed; the rest is refused with the reason."""

from __future__ import annotations

import re

import pytest

from sentinel.detection.regex import RegexError, check


@pytest.mark.parametrize(
    "expression",
    [
        "^abc$",
        r"[a-z]+\.example",
        "(?i)a|b",
        "(ab|cd){1,3}",
        "[a-z]+[0-9]+-[A-Z]+_[.]+",
        ".*a.*",
        r"^\d+x",
        "(?P<name>a+)b",
        "([0-9a-f]{2}:)+",
        "a+?",
    ],
)
def test_allowed(expression: str) -> None:
    check(expression, re.ASCII)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("(?=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "a back-reference"),
        ("(a)(?(1)b|c)", "a conditional"),
        ("(?>a+)b", "an atomic group"),
        ("a++b", "a possessive quantifier"),
        ("(a+)+b", "exponential"),
        ("(a|ab)*c", "exponential"),
        ("((a?b)c)*", "exponential"),
        ("(a{1,9}){64}", "exponential"),
        (".*a.*b.*", "more than two"),
        (r"\w+-\w+-\w+", "more than two"),
        ("(a", "no regular expression"),
        ("a{99999999999}", "no regular expression"),
    ],
)
def test_refused(expression: str, reason: str) -> None:
    with pytest.raises(RegexError) as caught:
        check(expression, re.ASCII)
    assert reason in str(caught.value)
