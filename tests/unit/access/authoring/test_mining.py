from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.access.authoring.files import load
from sentinel.access.authoring.mining import Access, Mined, draft, mine
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.subject import subject
from sentinel.model.access import Request, application
from tests.policies import MODEL

GROUPS = {"1": "grp:agv", "2": "grp:agv", "3": "grp:camera", "4": "grp:robot", "5": "supi:99970000000005"}
NAMES = ("scada", "", "a name")
PLACES = [application(NAMES[at], f"10.0.0.{at}", 502, "tcp") for at in range(3)] + [
    application("six", "2001:db8::1", 80, "tcp")
]
ACTIONS = ("connect", "modbus:read", "modbus:write")


def _group(supi: str) -> str:
    return GROUPS.get(supi, "")


def _accesses(chance: Random, number: int) -> list[Access]:
    return [
        Access(f"e{at}", at + 1, chance.choice("123456"), chance.choice(PLACES), chance.choice(ACTIONS))
        for at in range(number)
    ]


def _policy(mined: list[Mined]) -> Policy:
    return load({"model.conf": MODEL, "terminal_access/policy.yml": draft(mined, "plant", {"grp:agv": 2})}, "UTC")


def _request(access: Access) -> Request:
    name = GROUPS[access.supi]
    groups = [name.removeprefix("grp:")] if name.startswith("grp:") else []
    who = subject(Policy((), MODEL).groups, name.removeprefix("supi:") if not groups else "99970000000001", groups)
    return Request(who, "plant", access.resource, access.action, {})


@settings(deadline=None)
@given(st.integers(0, 2**63).map(Random), st.integers(0, 40))
def test_what_was_seen_is_permitted_and_nothing_else(chance: Random, number: int) -> None:
    """Every access that counted, and to each group only what one of its terminals did."""
    accesses = _accesses(chance, number)
    policy = _policy(mine(accesses, _group, lambda supi: supi == "3"))
    pdp = Pdp(Snapshot.of(policy), pytest.fail, every=1)
    counted = [access for access in accesses if access.supi not in ("3", "6")]
    assert all(pdp.decide(_request(access)).allowed for access in counted)
    done = {(GROUPS[access.supi], access.resource, access.action) for access in counted}
    for supi, place, action in ((supi, place, action) for supi in GROUPS for place in PLACES for action in ACTIONS):
        allowed = pdp.decide(_request(Access("", 0, supi, place, action))).allowed
        assert allowed is ((GROUPS[supi], place, action) in done)


def test_who_did_the_same_shares_a_rule_that_says_what_it_rests_on() -> None:
    accesses = [Access(f"e{at}", 10**9 * (at + 1), supi, PLACES[0], "connect") for at, supi in enumerate("1124")]
    (rule,) = mine(accesses, _group, lambda _: False)
    assert (rule.subjects, rule.actions, rule.support.count) == (("grp:agv", "grp:robot"), ("connect",), 4)
    text = draft([rule], "plant", {"grp:agv": 2, "grp:robot": 7})
    assert "# confidence low: seen 4 times, from 3 of 9 terminals, 1970-01-01T00:00:01" in text
    assert "# evidence: e0, e1, e2" in text


def test_of_nothing_nothing_is_mined() -> None:
    assert _policy([]).rules == ()


def test_a_site_is_text_whatever_it_is_called() -> None:
    assert "site: '7: # plant'\n" in draft([], "7: # plant", {})
