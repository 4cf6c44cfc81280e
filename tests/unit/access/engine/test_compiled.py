from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.access.engine.compiled import compiled
from sentinel.access.engine.conditions import OneOf, Within, holds
from sentinel.model.access import Effect
from tests.policies import a_request, atoms

ACTIONS = frozenset({"connect"})
TRUSTED, PLACED = Within("trust", ((50, 100),)), OneOf("tac", frozenset({"1"}))


@pytest.mark.parametrize(
    ("action", "facts", "failed"),
    [
        ("connect", {"trust": 50, "tac": "1"}, None),
        ("connect", {"trust": 49, "tac": "1"}, "trust"),
        ("http:GET", {"trust": 50, "tac": "1"}, "action"),
        ("connect", {"trust": 50}, "tac"),
        ("connect", {"trust": 49}, ""),
        ("http:GET", {"trust": 49}, ""),
    ],
)
def test_an_allow_says_which_clause_alone_is_not_met(action: str, facts: dict[str, str | int], failed: str) -> None:
    assert compiled(ACTIONS, (TRUSTED, PLACED), Effect.ALLOW)(action, facts) == failed


def test_a_deny_says_only_whether_it_matches() -> None:
    judge = compiled(ACTIONS, (TRUSTED, PLACED), Effect.DENY)
    assert judge("connect", {}) is None
    assert judge("connect", {"trust": 49}) == ""
    assert judge("http:GET", {}) == ""


def test_what_rules_ask_for_is_no_code() -> None:
    """A value stays a value, whatever it looks like."""
    judge = compiled(ACTIONS, (OneOf("dnn", frozenset({"') or True or ('"})),), Effect.ALLOW)
    assert judge("connect", {"dnn": "ot"}) == "dnn"
    assert judge("connect", {"dnn": "') or True or ('"}) is None


@settings(deadline=None)
@given(st.integers(0, 2**63).map(Random), st.sampled_from(Effect))
def test_the_compiled_rule_says_what_its_interpreted_atoms_do(chance: Random, effect: Effect) -> None:
    request = a_request(chance)
    facts = dict(request.context) | {"minute": chance.choice((0, 480, 481, 10079))}
    drawn = atoms(chance, effect)
    failed = ["action"] * (request.action not in ACTIONS) + [a.name for a in drawn if not holds(a, facts, effect)]
    several = "" if effect is Effect.DENY or len(failed) > 1 else "".join(failed)
    assert compiled(ACTIONS, drawn, effect)(request.action, facts) == (several if failed else None)
