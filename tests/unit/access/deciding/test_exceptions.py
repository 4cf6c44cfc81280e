"""Locks and break-glass: the one never permits, the other never opens what it does not name."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sentinel.access.deciding.exceptions import NOTHING, Outside, beyond
from sentinel.access.deciding.glass import Glass
from sentinel.access.deciding.locks import Lock, Subject
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.model.access import Decision, Effect, Reason
from tests.policies import a_policy, a_request

chances = st.integers(0, 2**63).map(Random)
LOCK = Lock("l1", Subject.SITE, "plant", "ada", "r", 0, 10**19)


def _glass(*suspends: str) -> Glass:
    return Glass("g1", "any", "any", "any", suspends, "r", "ada", 60, 0, ("ben", "eve"), 1)


def _decided(chance: Random) -> tuple[Decision, Policy]:
    policy = a_policy(chance)
    return Pdp(Snapshot.of(policy), lambda _: None, every=1).decide(a_request(chance)), policy


@given(chances)
def test_a_lock_never_permits(chance: Random) -> None:
    decision, policy = _decided(chance)
    after = beyond(decision, policy, Outside.of([LOCK], [], 0))
    assert not after.allowed
    assert after.reason in (Reason.LOCKED, decision.reason)


@given(chances)
def test_a_break_glass_opens_nothing_past_a_deny_or_lock_that_it_does_not_name(chance: Random) -> None:
    decision, policy = _decided(chance)
    denies = {rule for rule in decision.rules if policy.by_id[rule].effect is Effect.DENY}
    for glass in (_glass(), _glass("l1"), _glass(*denies), _glass("l1", *denies)):
        after = beyond(decision, policy, Outside.of([LOCK], [glass], 0))
        known = decision.reason in (Reason.ALLOWED, Reason.DENIED, Reason.NO_RULE, Reason.NO_POLICY)
        assert after.allowed is (known and denies | {"l1"} <= set(glass.suspends))


@given(chances)
def test_without_either_a_decision_is_the_policys(chance: Random) -> None:
    decision, policy = _decided(chance)
    assert beyond(decision, policy, Outside.of([], [], 0)) == decision
    assert Outside.of([], [], 0) is NOTHING


def test_who_is_not_known_stays_out() -> None:
    for reason in (Reason.UNKNOWN_TERMINAL, Reason.UNKNOWN_RESOURCE, Reason.UNKNOWN_ACTION, Reason.FAILURE):
        decision = Decision(False, reason)
        assert beyond(decision, a_policy(Random(1)), Outside.of([], [_glass()], 0)) == decision
