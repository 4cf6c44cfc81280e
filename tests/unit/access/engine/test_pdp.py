from __future__ import annotations

import itertools
from dataclasses import replace
from random import Random

import pytest

from sentinel.access.engine.index import Entry, Index
from sentinel.access.engine.judge import Judge
from sentinel.access.engine.pdp import Pdp, with_minute
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.rule import Rule
from sentinel.access.engine.subject import stranger
from sentinel.access.engine.target import target
from sentinel.model.access import Effect, Reason, Request, Resource, Subject, application
from tests.policies import MODEL, START, a_policy, a_request

ALLOW = Rule("a", "plant", ("any",), (target("any"),), ("any",), (), Effect.ALLOW, {"ttl": 60})
DENY = Rule("d", "plant", ("any",), (target("net:10.0.0.0/8"),), ("any",), (), Effect.DENY, {"alert": "high"})
REQUEST = Request(Subject("1", ("any",)), "plant", application("", "10.0.0.1", 1, "tcp"), "connect", {})
BOTH = pytest.mark.parametrize("every", [0, 1, 10**9], ids=["casbin", "judged again", "compiled"])


def _pdp(*rules: Rule, every: int = 1, version: int = 7) -> tuple[Pdp, list[str]]:
    alarms: list[str] = []
    return Pdp(Snapshot.of(Policy(rules, MODEL), version), alarms.append, every=every), alarms


@BOTH
def test_what_nobody_allows_is_denied(every: int) -> None:
    pdp, alarms = _pdp(every=every)
    decision = pdp.decide(REQUEST)
    assert (decision.allowed, decision.reason, decision.version) == (False, Reason.NO_RULE, 7)
    assert alarms == []


@BOTH
def test_denies_override_and_all_rules_are_named(every: int) -> None:
    decision = _pdp(ALLOW, DENY, every=every)[0].decide(REQUEST)
    assert (decision.allowed, decision.reason, set(decision.rules)) == (False, Reason.DENIED, {"a", "d"})
    assert decision.obligations == {"alert": "high"}


@BOTH
@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (replace(REQUEST, subject=stranger("1")), Reason.UNKNOWN_TERMINAL),
        (replace(REQUEST, resource=Resource("app", known=False)), Reason.UNKNOWN_RESOURCE),
        (replace(REQUEST, action="fly"), Reason.UNKNOWN_ACTION),
        (replace(REQUEST, action=""), Reason.UNKNOWN_ACTION),
    ],
)
def test_what_is_not_known_is_denied_before_any_rule_is_asked(
    every: int, request_: Request, reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdp, _ = _pdp(ALLOW, every=every)
    monkeypatch.setattr(Index, "candidates", None)
    assert pdp.decide(request_)[:2] == (False, reason)


@BOTH
def test_an_exception_anywhere_is_a_denial_and_an_alarm(every: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pdp, alarms = _pdp(ALLOW, every=every)
    monkeypatch.setattr(Index, "candidates", lambda *_: 1 / 0)
    assert pdp.decide(REQUEST)[:2] == (False, Reason.FAILURE)
    assert "ZeroDivisionError" in alarms[0]


@BOTH
def test_a_request_of_wrong_types_is_a_denial(every: int) -> None:
    pdp, alarms = _pdp(ALLOW, every=every)
    assert not pdp.decide(replace(REQUEST, subject=None)).allowed  # type: ignore[arg-type]
    assert alarms


def test_a_compiled_path_that_lies_is_caught_and_left() -> None:
    pdp, alarms = _pdp(DENY)
    lying = pdp.snapshot.index.entries["d"]
    object.__setattr__(lying, "allow", True)
    object.__setattr__(lying, "row", DENY.row)
    assert not pdp.decide(REQUEST).allowed
    assert alarms
    assert pdp.decide(REQUEST).allowed is False


def test_a_mismatch_switches_to_casbin(monkeypatch: pytest.MonkeyPatch) -> None:
    pdp, alarms = _pdp(ALLOW, DENY)
    right = Entry.of(DENY)
    broken = Entry("d", DENY, right.row, allow=False, judge=lambda *_: "")
    monkeypatch.setattr(pdp.snapshot.index, "candidates", lambda _: [Entry.of(ALLOW), broken])
    assert pdp.decide(REQUEST).allowed is False
    assert "casbin alone decides from now on" in alarms[0]
    assert not pdp.compiled
    assert pdp.decide(REQUEST).allowed is False
    assert len(alarms) == 1


def test_one_in_so_many_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pdp, _ = _pdp(ALLOW, every=100)
    judged = itertools.count()
    monkeypatch.setattr(Judge, "allows", lambda *_: next(judged) >= 0)
    for _ in range(1000):
        pdp.decide(REQUEST)
    assert next(judged) == 10


def test_a_swap_is_in_force_for_the_next_request() -> None:
    pdp, _ = _pdp(ALLOW)
    assert pdp.decide(REQUEST).allowed
    pdp.swap(Snapshot.of(Policy((), MODEL), 8))
    assert pdp.decide(REQUEST)[:3] == (False, Reason.NO_RULE, 8)


def test_a_model_that_casbin_cannot_read_denies() -> None:
    alarms: list[str] = []
    pdp = Pdp(Snapshot.of(Policy((ALLOW,), "nonsense")), alarms.append, every=0)
    assert pdp.decide(REQUEST).reason is Reason.FAILURE
    assert alarms


def test_hours_are_those_of_the_policy() -> None:
    request = replace(REQUEST, context={"time": START})
    assert with_minute(request, "Asia/Shanghai").context["minute"] == 8 * 60
    assert with_minute(request, "UTC").context["minute"] == 0
    assert "minute" not in with_minute(REQUEST, "UTC").context


def test_what_is_decided_is_no_accident() -> None:
    """The same request under the same snapshot gives the same decision, whoever asks in between."""
    chance = Random(5)
    policy, requests = a_policy(chance), [a_request(chance) for _ in range(50)]
    pdp = Pdp(Snapshot.of(policy), print, every=3)
    assert [pdp.decide(request) for request in requests] == [pdp.decide(request) for request in requests]
