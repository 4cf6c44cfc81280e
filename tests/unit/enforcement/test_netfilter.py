"""Our table in a network namespace: what is stopped stands above all that opens, and each change is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sentinel.enforcement.feed import Element
from sentinel.enforcement.netfilter import Netfilter, ruleset
from sentinel.errors import EnforcementError
from tests.interfaces import ip, tidy
from tests.namespaces import inside, lacking

PERMIT = Element("permits", ("10.45.1.11", "10.11.6.50", "tcp", "502"))
SIXTH = Element("permits", ("fd00:45::1", "fd00:11::50", "udp", "53"))
STOP, FLOW = Element("quarantine", ("10.45.1.11",)), Element("flows", PERMIT.key)
needed = pytest.mark.skipif(bool(lacking()), reason=lacking())


def test_what_is_stopped_stands_above_all_that_lets_pass() -> None:
    lines = ruleset(["10.45.0.0/16", "fd00:45::/48"]).splitlines()
    accepts = [at for at, line in enumerate(lines) if line.endswith(" accept")]
    stops = [at for at, line in enumerate(lines) if "@quarantine" in line or "@flows" in line]
    assert len(stops) == 8
    assert max(stops) < min(accepts)
    assert all(line.endswith("counter drop") for line in lines[-4:])  # deny is the default
    assert "add element inet sentinel pools6 { fd00:45::/48 }" in lines


@pytest.fixture
def space() -> Iterator[str]:
    tidy()
    name = f"sentinel-{os.getpid()}g"
    ip("netns", "add", name)
    yield name
    ip("netns", "del", name)


@needed
def test_sets_are_changed_as_a_whole_or_not_at_all(space: str) -> None:
    def act() -> None:
        nft = Netfilter()
        nft.begin(["10.45.0.0/16", "fd00:45::/48"])
        nft.put({PERMIT: 60, SIXTH: 60, STOP: 60, FLOW: 60})
        assert set(nft.elements()) == {PERMIT, SIXTH, STOP, FLOW}
        with pytest.raises(EnforcementError, match="does not take it"):
            nft.put({Element("permits", ("10.45.1.12", "10.11.6.50", "nothing", "502")): 60}, [STOP])
        assert set(nft.elements()) == {PERMIT, SIXTH, STOP, FLOW}
        nft.put({PERMIT: 600}, [SIXTH, SIXTH, Element("flows", SIXTH.key)])  # what is not there is gone all the same
        assert set(nft.elements()) == {PERMIT, STOP, FLOW}
        assert nft.elements()[PERMIT] > 590  # a time is set anew
        nft.close()

    inside(space, act)


@needed
def test_the_whole_replaces_what_opens_and_leaves_what_stops(space: str) -> None:
    def act() -> None:
        nft = Netfilter()
        nft.begin(["10.45.0.0/16"])
        nft.put({PERMIT: 60, STOP: 60, FLOW: 60})
        nft.put({SIXTH: 60}, [FLOW], whole=True)
        assert set(nft.elements()) == {SIXTH, STOP}
        nft.begin(["10.46.0.0/16"])  # a gateway that starts again
        assert set(nft.elements()) == {SIXTH, STOP}
        assert "10.46.0.0" in nft.run("list set inet sentinel pools4").decode()
        assert "10.45.0.0" not in nft.run("list set inet sentinel pools4").decode()
        nft.put({})
        nft.end()
        with pytest.raises(EnforcementError):
            nft.elements()
        nft.close()

    inside(space, act)


@needed
@pytest.mark.parametrize("gone", ["flush ruleset", "flush chain inet sentinel forward", "delete table inet sentinel"])
def test_a_table_that_somebody_took_away_or_emptied_does_not_stand(space: str, gone: str) -> None:
    def act() -> None:
        nft = Netfilter()
        for _ in range(2):
            nft.begin(["10.45.0.0/16"])
            nft.put({PERMIT: 60})
            assert nft.stands()
        nft.run(gone)
        assert not nft.stands()
        nft.begin(["10.45.0.0/16"])
        assert nft.stands()
        nft.close()

    inside(space, act)
