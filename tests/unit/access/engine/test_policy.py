from __future__ import annotations

from dataclasses import replace
from random import Random

from sentinel.access.engine.groups import Groups
from sentinel.access.engine.policy import Policy, Snapshot
from tests.policies import MODEL, a_policy, a_rule


def test_the_digest_stands_for_all_that_decides() -> None:
    policy = Policy((a_rule(Random(3), 0), a_rule(Random(4), 1)), MODEL)
    digest = Snapshot.of(policy).digest
    assert Snapshot.of(replace(policy, rules=policy.rules[::-1]), 7).digest == digest
    for other in (
        replace(policy, rules=policy.rules[:1]), replace(policy, zone="UTC"), replace(policy, groups=Groups({"a": ["b"]})),
        replace(policy, model=MODEL + "#"), replace(policy, rules=(replace(policy.rules[0], obligations={"ttl": 1}), policy.rules[1])),
    ):  # fmt: skip
        assert Snapshot.of(other).digest != digest


def test_a_snapshot_knows_its_rules() -> None:
    policy = a_policy(Random(1))
    assert set(policy.by_id) == set(Snapshot.of(policy, 3).index.entries)
