from __future__ import annotations

import logging

import pytest

from sentinel.access.engine.judge import Judge
from sentinel.access.engine.rule import Rule
from sentinel.access.engine.target import target
from sentinel.model.access import Effect, Request, Subject, application
from tests.policies import MODEL

ALLOW = Rule("a", "plant", ("any",), (target("any"),), ("any",), (), Effect.ALLOW)
DENY = Rule("d", "plant", ("any",), (target("net:10.0.0.0/8"),), ("any",), (), Effect.DENY)
REQUEST = Request(Subject("1", ("any",)), "plant", application("", "10.0.0.1", 1, "tcp"), "connect", {})


def test_casbin_denies_what_nobody_allows_and_lets_denies_override() -> None:
    judge = Judge(MODEL)
    assert judge.allows([], REQUEST) is False
    assert judge.allows([ALLOW.row], REQUEST) is True
    assert judge.allows([ALLOW.row, DENY.row], REQUEST) is judge.allows([DENY.row, ALLOW.row], REQUEST) is False


def test_an_effect_that_casbin_does_not_know_raises_instead_of_being_passed_over() -> None:
    """Stock casbin ignores the rule, so that a deny with a typing mistake lets everybody in."""
    with pytest.raises(ValueError, match="Deny"):
        Judge(MODEL).allows([ALLOW.row, [*DENY.row[:-1], "Deny"]], REQUEST)


def test_nobody_who_was_denied_is_printed(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Judge(MODEL).allows([DENY.row], REQUEST)
    assert caplog.records == []
