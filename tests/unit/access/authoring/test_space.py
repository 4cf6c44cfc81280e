from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.access.authoring.space import Space
from sentinel.access.engine.pdp import with_minute
from sentinel.access.engine.rule import failing
from sentinel.access.engine.subject import subject
from sentinel.access.information.catalogue import Catalogue
from tests.deciding import AGV, NOW, PLC, POLICY, SITE
from tests.policies import GROUPS, a_policy


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**63).map(Random))
def test_the_request_of_a_box_is_one_that_its_rule_matches(chance: Random) -> None:
    policy = a_policy(chance, 8)
    space = Space([policy])
    for rule in policy.rules:
        for box in space.boxes(rule):
            assert failing(rule, with_minute(space.request(box), policy.zone)) == []


def test_a_terminal_of_the_register_stands_for_those_like_it() -> None:
    agv = subject(POLICY.groups, AGV, ["agv"])
    space = Space([POLICY], [agv, subject(POLICY.groups, "999700000000099", ["agv"])])
    rule = POLICY.by_id["agv-writes-its-registers"]
    assert space.request(space.boxes(rule)[0]).subject is agv


def test_examples_are_of_what_there_is() -> None:
    """A resource of the register and the present, where the box has them; else what is supposed."""
    space = Space([POLICY], (), Catalogue(SITE).all, NOW)
    request = space.request(space.boxes(POLICY.by_id["agv-writes-its-registers"])[0])
    assert str(request.resource) == str(PLC)
    for rule in POLICY.rules:
        for box in space.boxes(rule):
            request = with_minute(space.request(box), POLICY.zone)
            assert failing(rule, request) == []
            assert int(request.context.get("time") or NOW) >= NOW


def test_who_is_in_no_register_is_supposed_with_what_follows_from_the_name() -> None:
    policy = a_policy(Random(2), 12)
    keys = [each.keys for each in Space([policy])._people]
    assert all("grp:vehicles" not in some or "grp:machines" in some for some in keys)
    assert GROUPS.of("vehicles") == {"vehicles", "machines", "all"}


def test_an_example_has_a_port_that_there_is() -> None:
    """None at all only where no other is in the box; then none is written."""
    space = Space([POLICY])
    plain = [space.request(box).resource for rule in POLICY.rules for box in space.boxes(rule)]
    assert all(0 <= each.port <= 65535 for each in plain if each.address)
    bare = space.request({"address": space.axes["address"].all & ~1, "port": 1}).resource
    assert (bare.port, "]:" in str(bare)) == (-1, False)
