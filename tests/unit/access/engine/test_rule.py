from __future__ import annotations

import pytest

from sentinel.access.engine.conditions import OneOf
from sentinel.access.engine.rule import Rule, failing, got, verbs, wanted
from sentinel.access.engine.target import target
from sentinel.model.access import VERBS, Effect, Request, Subject, application

RULE = Rule("r", "plant", ("grp:agv",), (target("app:plc"),), ("modbus:read|write",), (OneOf("tac", frozenset({"1"})),),
            Effect.ALLOW)  # fmt: skip
REQUEST = Request(Subject("1", ("any", "grp:agv")), "plant", application("plc", "10.0.0.1", 502, "tcp"), "modbus:read",
                  {"tac": "1"})  # fmt: skip


def test_actions_are_a_protocol_and_its_verbs() -> None:
    assert verbs("connect|modbus:read|write|s7:*") == {
        "connect", "modbus:read", "modbus:write", "s7:read", "s7:write", "s7:control", "s7:program",
    }  # fmt: skip
    assert verbs("any") == VERBS


@pytest.mark.parametrize(
    "pattern", ["", "write", "modbus", "modbus:", "modbus:fly", "any|fly", "connect|read", "*", "modbus:re*"]
)
def test_an_action_that_nobody_knows_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="is no action"):
        verbs(pattern)


def test_a_line_of_casbin_holds_all_of_it() -> None:
    assert RULE.row == ["r", "grp:agv", "plant", "app:plc", "modbus:read|write", '{"tac":["1"]}', "allow"]


def test_what_fails_is_named() -> None:
    assert failing(RULE, REQUEST) == []
    elsewhere = Request(Subject("2", ("any",)), "x", application("mes", "10.0.0.2", 1, "tcp"), "connect", {"tac": "2"})
    assert failing(RULE, elsewhere) == ["subject", "site", "resource", "action", "tac"]


def test_what_was_wanted_and_what_came_can_be_said_of_each_clause() -> None:
    assert [wanted(RULE, name) for name in ("subject", "action", "tac")] == [
        "in [grp:agv]",
        "in [modbus:read|write]",
        "in [1]",
    ]
    assert [got(REQUEST, name) for name in ("subject", "action", "tac", "dnn")] == ["1", "modbus:read", "1", ""]
