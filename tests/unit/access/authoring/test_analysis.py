from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.access.authoring.analysis import Kind, analyse, compare
from sentinel.access.engine.conditions import OneOf, Within
from sentinel.access.engine.judge import Judge
from sentinel.access.engine.pdp import with_minute
from sentinel.access.engine.policy import Policy
from sentinel.access.engine.rule import Rule, failing
from sentinel.access.engine.target import target
from sentinel.errors import AnalysisError
from sentinel.model.access import Effect, Request
from tests.deciding import POLICY
from tests.policies import GROUPS, MODEL, START, a_policy, a_request

ALLOW = Rule("allow", "plant", ("grp:agv",), (target("app:plc/10.0.0.1:502/tcp"),), ("modbus:*",),
             (Within("trust", ((50, 100),)), OneOf("tac", frozenset({"1", "2"}))), Effect.ALLOW)  # fmt: skip
DENY = replace(ALLOW, id="deny", subjects=("any",), effect=Effect.DENY, atoms=())
chances = st.integers(0, 2**63).map(Random)


def _kinds(*rules: Rule) -> list[tuple[str, Kind, tuple[str, ...]]]:
    return [(each.rule.id, each.kind, each.others) for each in analyse(Policy(rules, MODEL, GROUPS))]


def test_a_rule_that_no_request_meets_is_found() -> None:
    assert _kinds(replace(ALLOW, atoms=(Within("trust", ((60, 50),)),))) == [("allow", Kind.NEVER, ())]
    past = (Within("time", ((0, START),)), Within("minute", ((0, 10),)))
    assert _kinds(replace(ALLOW, atoms=past)) == []


def test_hours_that_do_not_come_before_the_end_are_found() -> None:
    """Each by itself can be met: only both together cannot."""
    minute = with_minute(Request(None, "", None, "", {"time": 0}), "Asia/Shanghai").context["minute"]  # type: ignore[arg-type]
    assert isinstance(minute, int)
    later = (Within("time", ((0, 60 * 10**9),)), Within("minute", ((minute + 5, minute + 9),)))
    assert _kinds(replace(ALLOW, atoms=later)) == [("allow", Kind.NEVER, ())]


def test_an_allow_that_denies_take_away_whole_is_found() -> None:
    assert _kinds(ALLOW, DENY) == [("allow", Kind.OVERRIDDEN, ("deny",))]
    halves = [
        replace(DENY, id=f"d{at}", actions=(verbs,)) for at, verbs in enumerate(("modbus:read|diag", "modbus:write"))
    ]
    assert _kinds(ALLOW, *halves) == [("allow", Kind.OVERRIDDEN, ("d0", "d1"))]


def test_an_allow_that_a_deny_takes_away_in_part_is_found() -> None:
    assert _kinds(ALLOW, replace(DENY, actions=("modbus:write",))) == [("allow", Kind.CONFLICT, ("deny",))]


def test_a_rule_that_others_say_as_well_is_found_once() -> None:
    wide = replace(ALLOW, id="wide", targets=(target("net:10.0.0.0/24"),))
    assert _kinds(ALLOW, wide) == [("allow", Kind.REDUNDANT, ("wide",))]
    assert _kinds(ALLOW, replace(ALLOW, id="twin")) == [("allow", Kind.REDUNDANT, ("twin",))]
    assert _kinds(ALLOW, replace(wide, atoms=(*ALLOW.atoms, OneOf("dnn", frozenset({"ot"}))))) == []


def test_of_the_examples_nothing_is_dead() -> None:
    assert {each.kind for each in analyse(POLICY)} == {Kind.CONFLICT}


def test_a_change_is_told_by_what_it_changes() -> None:
    old, new = Policy((ALLOW,), MODEL), Policy((replace(ALLOW, atoms=(Within("trust", ((60, 100),)),)),), MODEL)
    changes = compare(old, new)
    assert {(change.gained, change.rule) for change in changes} == {(True, "allow"), (False, "allow")}
    (lost,) = [change.example for change in changes if not change.gained]
    assert 50 <= int(lost.context["trust"]) < 60
    assert [(each.gained, each.rule) for each in compare(old, Policy((ALLOW, DENY), MODEL))] == [(False, "deny")]
    assert compare(old, Policy((ALLOW, replace(ALLOW, id="twin")), MODEL)) == []


def test_a_policy_that_names_no_address_is_lost_whole() -> None:
    named = replace(ALLOW, targets=(target("app:plc"),))
    assert [(each.gained, each.rule) for each in compare(Policy((named,), MODEL), Policy((), MODEL))] == [
        (False, "allow")
    ]


def test_policies_with_other_groups_are_not_compared_by_rules() -> None:
    with pytest.raises(AnalysisError, match="other groups"):
        compare(Policy((ALLOW,), MODEL), Policy((ALLOW,), MODEL, GROUPS))


def _allowed(policy: Policy, request: Request) -> bool:
    return Judge(policy.model).allows([rule.row for rule in policy.rules], with_minute(request, policy.zone))


@settings(max_examples=60, deadline=None)
@given(chances)
def test_no_request_contradicts_what_was_found(chance: Random) -> None:
    """Against brute force: many requests by chance, of which none may show a finding to be wrong."""
    policy = a_policy(chance, 7)
    found = {each.rule.id: each for each in analyse(policy)}
    for _ in range(60):
        request = with_minute(a_request(chance), policy.zone)
        matched = {rule.id for rule in policy.rules if not failing(rule, request)}
        for rule in matched & found.keys():
            assert found[rule].kind is not Kind.NEVER
            assert matched & {*found[rule].others} or found[rule].kind is Kind.CONFLICT


@settings(max_examples=60, deadline=None)
@given(chances)
def test_policies_that_differ_nowhere_decide_all_alike_and_the_reverse(chance: Random) -> None:
    old = a_policy(chance, 6)
    new = replace(old, rules=old.rules[1:]) if chance.random() < 0.5 else a_policy(chance, 6)
    requests = [a_request(chance) for _ in range(60)]
    register = [request.subject for request in requests]  # what is supposed has one name alone
    changes = {change.gained for change in compare(old, new, register)}
    for request in requests:
        before, after = _allowed(old, request), _allowed(new, request)
        if before is not after:
            assert after in changes
