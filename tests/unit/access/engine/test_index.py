from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.access.engine.index import Index
from sentinel.access.engine.rule import failing
from tests.policies import a_policy, a_request

DECIDED_BY_INDEX = {"subject", "site", "resource"}


@settings(deadline=None)
@given(st.integers(0, 2**63).map(Random))
def test_candidates_are_the_rules_of_that_subject_site_and_resource(chance: Random) -> None:
    """No more and no fewer than a walk over all rules finds, each once."""
    policy, request = a_policy(chance), a_request(chance)
    found = [entry.id for entry in Index(policy.rules).candidates(request)]
    assert sorted(found) == sorted(r.id for r in policy.rules if not DECIDED_BY_INDEX & set(failing(r, request)))
