from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from sentinel.access.authoring.forms import RuleForm, When
from sentinel.access.engine.conditions import HIGHEST, OneOf, Within

RULE: dict[str, Any] = {
    "id": "one", "title": "One", "title_zh": "一", "effect": "allow", "subject": "grp:agv", "resource": "app:plc",
    "action": "modbus:read",
}  # fmt: skip


def test_conditions_are_sets_and_ranges() -> None:
    written = {"tac": 1, "slice": ["1", "2-0000a1"], "trust": ">=60", "session_age": "<=60", "time": "mon 08:00-08:01",
               "until": "2026-03-01", "bound": "true", "posture": ["clean-ot"], "approved_ticket": True}  # fmt: skip
    assert list(When.model_validate(written).atoms("UTC")) == [
        OneOf("slice", frozenset({"1", "2-0000a1"})), OneOf("tac", frozenset({"1"})), Within("minute", ((480, 480),)),
        Within("time", ((0, 1_772_409_599_999_998_999),)), Within("trust", ((60, 100),)), Within("session_age", ((0, 60),)),
        OneOf("bound", frozenset({"true"})), OneOf("posture:clean-ot", frozenset({"yes"})), OneOf("ticket", frozenset({"yes"})),
    ]  # fmt: skip


def test_a_bound_may_have_no_end() -> None:
    assert list(When(facts_age=">=5").atoms("UTC")) == [Within("facts_age", ((5, HIGHEST),))]


@pytest.mark.parametrize(
    "change",
    [
        {"effect": "Deny"}, {"effect": "permit"}, {"subject": "agv"}, {"subject": []}, {"subject": "supi:imsi-1"},
        {"subject": "cert:abc"}, {"resource": "plc"}, {"action": "modbus:fly"}, {"id": "No Spaces"}, {"more": 1},
        {"when": {"trust": "60"}}, {"when": {"trust": ">=x"}}, {"when": {"time": "always"}}, {"when": {"until": "soon"}},
        {"when": {"bound": "maybe"}}, {"when": {"posture": "clean"}}, {"when": {"approved_ticket": False}},
        {"when": {"eval": "1"}}, {"when": {"tac": []}}, {"obligations": {"ttl": 0}}, {"obligations": {"alert": "loud"}},
        {"subject": "any|grp:agv"}, {"action": []}, {"when": {"slice": None, "dnn": ""}},
    ],
)  # fmt: skip
def test_what_is_not_of_the_form_is_refused(change: dict[str, Any]) -> None:
    RuleForm.model_validate(RULE)
    with pytest.raises(ValidationError):
        RuleForm.model_validate(RULE | change)
