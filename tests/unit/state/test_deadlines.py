"""What could not be seen is not missing: deadlines over a time in which nobody watched."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.model.event import Event, PlainEvent
from sentinel.state import State
from sentinel.state.deadlines import Deadlines
from tests.unit.state.conftest import SECOND, Make
from tests.unit.state.facts.test_facts import gnb, setup
from tests.unit.state.facts.test_n2 import beating, derived, in_order
from tests.unit.state.facts.test_n3n4 import flow, whole
from tests.unit.state.facts.test_ot import polls, read

KILL, BACK = 50, 80  # the last poll is at 49


def restarted(state: State) -> State:
    """What a worker knows that comes back thirty seconds later."""
    after = State()
    after.restore(state.state())
    after.unseen(KILL * SECOND, BACK * SECOND)
    return after


def polled(make: Make) -> State:
    state = State()
    assert derived(state, *whole(make), *polls(make), flow(make, at=49.5)) == []
    return state


def resumed(make: Make, end: int) -> list[PlainEvent]:
    return [read(make, at=at) for at in range(BACK, end)]


def lost(events: list[dict[str, Any]]) -> list[str]:
    return [each["event.action"] for each in events if each["event.action"] == "ot.poll_lost"]


def test_polls_that_came_while_nobody_watched_are_not_lost(make: Make) -> None:
    told: list[Event] = [flow(make, at=at + 0.5) for at in range(BACK, 90)]
    events = in_order([*resumed(make, 90)], told)
    assert lost(derived(restarted(polled(make)), *events)) == []
    unaware = State()
    unaware.restore(polled(make).state())
    assert lost(derived(unaware, *events)) == ["ot.poll_lost"]


@pytest.mark.parametrize("end", [BACK, BACK + 5])
def test_a_cycle_that_stops_after_the_restart_or_in_it_is_told(make: Make, end: int) -> None:
    later = [flow(make, at=at + 0.5) for at in range(BACK, 100)]
    made = derived(restarted(polled(make)), *in_order([*resumed(make, end)], [*later]))
    (told,) = [each for each in made if each["event.action"] == "ot.poll_lost"]
    assert told["ot.poll.period"] == 1.0  # what was not seen is no part of the cycle


def test_a_base_station_is_silent_only_for_the_time_that_was_watched(make: Make) -> None:
    state = State()
    both = ("10.11.2.101", "10.11.2.102")
    begun = [*setup(make, both[0], at=1), *setup(make, both[1], "2", at=1)]
    assert derived(state, *begun, *in_order(*(beating(make, each, 30, 100) for each in both))) == []
    state.unseen(100 * SECOND, 400 * SECOND)
    assert derived(state, *in_order(*(beating(make, each, 410, 480) for each in both))) == []
    (silent,) = derived(state, *beating(make, both[1], 490, 700))
    assert (silent["event.action"], silent["fiveg.gnb.id"]) == ("gnb.silent", "1")


def test_an_answer_that_may_have_come_unseen_is_not_missed_and_the_next_one_is(make: Make) -> None:
    state = State()
    page: dict[str, Any] = {"fiveg__tmsi": "5g-1"}
    derived(state, gnb("ngap.paging", make, "10.11.2.101", at=10, **page))
    state.unseen(11 * SECOND, 41 * SECOND)
    quiet = derived(state, make("pfcp.heartbeat_request", at=70))
    assert "ngap.paging_unanswered" not in {each["event.action"] for each in quiet}
    again = derived(state, gnb("ngap.paging", make, "10.11.2.101", at=80, **page), make("sctp.heartbeat", at=91))
    assert "ngap.paging_unanswered" in {each["event.action"] for each in again}


def test_a_collector_watches_on(make: Make) -> None:
    state = State()
    for clock in ("", "north"):
        state.take(gnb("ngap.paging", make, "10.11.2.101", at=10, fiveg__tmsi=f"5g{clock}"), clock)
    state.unseen(11 * SECOND, 41 * SECOND)
    made = [event.kind for event in state.take(make("pfcp.heartbeat_request", at=25), "north")]
    assert "ngap.paging_unanswered" in made


def test_time_that_was_watched() -> None:
    deadlines = Deadlines()
    assert deadlines.watched(10, 100) == 90
    deadlines.unseen(20, 50, frozenset())
    assert [deadlines.watched(*span) for span in ((10, 100), (10, 15), (30, 40), (40, 60))] == [60, 5, 0, 10]
    deadlines.clock = "north"
    assert deadlines.watched(10, 100) == 90
    older = Deadlines()
    older.load({name: value for name, value in deadlines.dump().items() if name != "_gaps"})
    assert older.watched(10, 100) == 90
