from __future__ import annotations

from dataclasses import replace

from sentinel.access.engine.conditions import OneOf, Within
from sentinel.access.engine.explain import misses, nearest, obligations
from sentinel.access.engine.index import Entry
from sentinel.access.engine.policy import Policy
from sentinel.access.engine.rule import Rule
from sentinel.access.engine.target import target
from sentinel.model.access import Effect, Miss, Request, Subject, application
from tests.policies import MODEL

RULE = Rule("p17", "plant", ("grp:agv",), (target("app:plc"),), ("modbus:write",),
            (OneOf("tac", frozenset({"1", "2"})), Within("trust", ((50, 100),))), Effect.ALLOW, {"ttl": 300})  # fmt: skip
REQUEST = Request(Subject("1", ("any", "grp:agv")), "plant", application("plc", "10.0.0.1", 502, "tcp"), "modbus:write",
                  {"tac": "3", "trust": 60})  # fmt: skip


def test_a_miss_is_one_clause_away() -> None:
    assert misses([Entry.of(RULE)], REQUEST) == (Miss("p17", "tac", "in [1, 2]", "3"),)
    assert misses([Entry.of(RULE)], replace(REQUEST, context={"tac": "3"})) == ()
    assert (
        misses([Entry.of(RULE)], replace(REQUEST, action="connect", context={"tac": "1", "trust": 60}))[0].clause
        == "action"
    )


def test_a_deny_is_no_near_miss() -> None:
    assert misses([Entry.of(replace(RULE, effect=Effect.DENY))], REQUEST) == ()


def test_of_all_rules_also_the_subject_may_be_what_was_missing() -> None:
    request = replace(REQUEST, subject=Subject("2", ("any",)), context={"tac": "1", "trust": 60})
    assert nearest(Policy((RULE,), MODEL), request) == (Miss("p17", "subject", "in [grp:agv]", "2"),)


def test_of_several_obligations_the_stricter_holds() -> None:
    rules = [
        replace(RULE, obligations={"ttl": 60, "alert": "low"}),
        replace(RULE, obligations={"ttl": 300, "alert": "high"}),
    ]
    matched = [Entry.of(rule) for rule in rules]
    assert obligations(matched, allowed=True) == {"ttl": 60, "alert": "high"}
    assert obligations(matched, allowed=False) == {}
