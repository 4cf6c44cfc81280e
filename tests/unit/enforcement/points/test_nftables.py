"""What gateways are told: by element, for as long as somebody asks for it, and acknowledged by who did it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from sentinel.enforcement.feed import Element, Feed
from sentinel.enforcement.points.nftables import Nftables
from sentinel.model.enforcement import Binding, Command, Flow, State, Verb

STOP = Element("quarantine", ("10.45.1.11",))
FIRST = Command(Verb.QUARANTINE, "d1", Binding("1", address="10.45.1.11"), 60)
SECOND = dataclasses.replace(FIRST, decision="d2", ttl=30)


class Doing(Feed):
    """A feed whose gateway does everything at once."""

    def reached(self, gateway: str, sequence: int, wait: float) -> bool:
        return gateway == "gw"


def test_an_address_is_free_when_nobody_asks_for_it_any_more() -> None:
    point = Nftables("gw", feed := Doing())
    assert [each.state for each in point.apply([FIRST, SECOND, FIRST])] == [State.ACKED] * 3
    assert feed.standing("quarantine")[STOP] == pytest.approx(60, abs=1)
    assert point.undo([FIRST])[0].state is State.ACKED
    assert STOP in feed.standing("quarantine")
    assert [each.state for each in point.undo([SECOND, SECOND])] == [State.ACKED] * 2
    assert feed.standing("quarantine") == {}


def test_who_asked_for_a_time_that_is_over_asks_no_more() -> None:
    now = [0]
    point = Nftables("gw", feed := Doing(), lambda: now[0])
    point.apply([FIRST, SECOND])
    now[0] = 31 * 10**9
    point.undo([FIRST])
    assert feed.standing("quarantine") == {}


def test_what_another_service_told_is_taken_back_too() -> None:
    feed = Doing()
    Nftables("gw", feed).undo([FIRST])
    assert feed.changes("gw", feed.epoch, 0, 0).removed == (STOP,)


def test_a_flow_is_told_as_its_four_parts() -> None:
    flow = dataclasses.replace(FIRST, flow=Flow("10.11.6.50", 502, "tcp"))
    Nftables("gw", feed := Doing()).apply([flow])
    assert set(feed.standing("flows")) == {Element("flows", ("10.45.1.11", "10.11.6.50", "tcp", "502"))}


def test_a_gateway_that_says_nothing_was_told_and_no_more() -> None:
    point = Nftables("gw", Feed(), patience=0)
    assert [each.state for each in point.apply([FIRST])] == [State.SENT]


@pytest.mark.parametrize("change", [{"binding": Binding("1")}, {"flow": Flow("plc", 502, "tcp")}])
def test_without_an_address_there_is_nothing_to_stop(change: dict[str, Any]) -> None:
    command = dataclasses.replace(FIRST, **change)
    outcomes = Nftables("gw", Doing()).apply([command, FIRST])
    assert [each.state for each in outcomes] == [State.FAILED, State.ACKED]
