"""Permits follow the policy, the session and the time; each is a decision."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from sentinel.access.administration.projection import Projection
from sentinel.access.deciding.recorder import Recorder
from sentinel.enforcement.feed import Element, Feed
from sentinel.errors import SentinelError
from sentinel.operations.doors import Deciding
from sentinel.state.history import Held
from tests.auditing import Kept
from tests.deciding import AGV, Past, deciding, holds, published, session

GATEWAY = "999700000000002"
HELD = (session(AGV, "10.45.1.11", pei="860123050000016"), session(GATEWAY, "10.45.1.12", pei="860123050000024"))
OTHER_SLICE = dataclasses.replace(HELD[0], facts={**HELD[0].facts, "fiveg.snssai.sd": "0000b2"})
MES = Element("permits", ("10.45.1.11", "10.11.6.80", "tcp", "80"))
PLC = Element("permits", ("10.45.1.12", "10.11.6.50", "tcp", "502"))
NOW = 1_772_445_600.0


@dataclasses.dataclass
class Setting:
    """A decision point, and a projection whose clock tests set."""

    made: Deciding
    feed: Feed
    projection: Projection
    now: list[float]
    kept: Kept


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    past, now = Past(HELD), [NOW]
    kept = Kept()
    made, store = deciding(tmp_path, past, auditor=kept)
    published(made)
    feed = Feed(lambda: now[0])
    yield Setting(made, feed, Projection(made.decider, feed, lambda: now[0]), now, kept)
    made.decider.close()
    store.close()


def test_what_may_connect_is_let_through_for_the_time_that_the_rule_says(setting: Setting) -> None:
    setting.projection.refresh()
    permits = setting.feed.standing("permits")
    assert permits[PLC] == permits[MES] == 3600
    assert {each.key[0] for each in permits} == {"10.45.1.11", "10.45.1.12"}
    assert permits[Element("permits", ("10.45.1.11", "10.11.6.50", "tcp", "502"))] == 600
    assert set(setting.feed.standing("critical")) == {Element("critical", ("10.45.1.12",))}


def test_a_gateway_is_told_the_whole_only_after_a_look_that_worked(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    with monkeypatch.context() as broken:
        broken.setattr(setting.made.decider, "allowed", Mock(side_effect=SentinelError("away")))
        setting.projection._tried()
        assert not setting.feed.changes("gw", "", -1, 0).whole
    setting.projection._tried()
    first = setting.feed.changes("gw", "", -1, 0)
    assert first.whole
    assert {MES, Element("critical", ("10.45.1.12",))} <= set(first.put)


def test_a_permit_is_given_again_before_it_ends_and_not_with_each_look(setting: Setting) -> None:
    setting.projection.refresh()
    first = setting.projection.permits[MES]
    setting.now[0] += 1799
    setting.projection.refresh()
    assert setting.projection.permits[MES] == first
    setting.now[0] += 2
    setting.projection.refresh()
    assert setting.projection.permits[MES].decision != first.decision
    assert setting.feed.standing("permits")[MES] == 3600


@pytest.mark.parametrize(
    "held", [(), (OTHER_SLICE,), (session(GATEWAY, "10.45.1.11"),),
             (session(AGV, "10.45.1.99", pei="860123050000016"),), (*HELD, session(GATEWAY, "10.45.1.11"))]
)  # fmt: skip
def test_what_would_not_be_given_any_more_is_withdrawn(setting: Setting, held: tuple[Held, ...]) -> None:
    setting.projection.refresh()
    at = setting.feed.changes("gw", "", -1, 0)
    holds(setting.made, held)
    setting.projection.refresh()
    assert MES in setting.feed.changes("gw", at.epoch, at.sequence, 0).removed
    assert MES not in setting.feed.standing("permits")


def test_each_permit_is_a_decision_on_record_and_none_is_given_that_cannot_be(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "problem", property(lambda _: "the store does not take them"))
    setting.projection.refresh()
    assert setting.feed.standing("permits") == {}


def test_permits_are_on_record_by_the_names_of_the_gateways_that_they_are_for(setting: Setting) -> None:
    """A gateway that comes has them decided again, once; one that stays is not decided for with each look."""
    points = []
    for gateways in ("n6",), ("n6",), ("n6", "n6b"), ("n6",):
        for gateway in gateways:
            setting.feed.changes(gateway, "", -1, 0)
        setting.projection.refresh()
        points.append(setting.kept.acts[-1].actor)
        decided = setting.projection.permits[MES].decision
        setting.projection.refresh()
        assert setting.projection.permits[MES].decision == decided
    assert points == ["n6", "n6", "n6, n6b", "n6, n6b"]


def test_nothing_is_decided_for_nobody(setting: Setting) -> None:
    assert not setting.feed.following
    setting.projection.tend()
    setting.projection.close()
    assert setting.projection.permits == {}
