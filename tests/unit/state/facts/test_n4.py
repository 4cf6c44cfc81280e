"""Facts about who speaks on N4: the count of a sender's requests, the balance of a UPF's sessions, associations."""

from __future__ import annotations

from typing import Any

from sentinel.model.event import PlainEvent, Value
from sentinel.state import State
from tests.unit.state.conftest import Make, facts
from tests.unit.state.test_identity import CP, UP

COUNT, LOST = "fiveg.pfcp.out_of_count", "fiveg.pfcp.sessions_lost"


def delete(make: Make, sequence: int, at: float | None = None, side: dict[str, Any] = CP) -> PlainEvent:
    return make("pfcp.session_deletion_request", at=at, **side, fiveg__pfcp__sequence=sequence)


def establish(make: Make, sequence: int, at: float | None = None) -> PlainEvent:
    return make("pfcp.session_establishment_request", at=at, **CP, fiveg__pfcp__sequence=sequence)


def beat(make: Make, at: float) -> PlainEvent:
    return make("pfcp.heartbeat_request", at=at, **CP, fiveg__pfcp__sequence=2)


def which(found: list[dict[str, Value]], name: str) -> list[int]:
    return [index for index, each in enumerate(found) if each.get(name)]


def test_a_request_outside_of_the_count_that_runs_on(make: Make) -> None:
    numbers = [*range(14000, 14010), 1, 14010, 14011, 2, 14012]
    assert which(facts(State(), *(delete(make, number) for number in numbers)), COUNT) == [10, 13]


def test_what_is_sent_again_or_overtaken_is_of_the_count_and_so_is_its_wrap(make: Make) -> None:
    numbers = [*range(2**24 - 12, 2**24), 2**24 - 1, 2**24 - 3, 0, 1, 400]
    assert which(facts(State(), *(delete(make, number) for number in numbers)), COUNT) == []


def test_a_count_that_begins_anew_is_believed_after_a_while_or_with_its_association(make: Make) -> None:
    state = State()
    facts(state, *(delete(make, number) for number in range(14000, 14010)))
    again = facts(state, *(delete(make, number) for number in range(1, 12)))
    assert which(again, COUNT) == [0, 1, 2, 3, 4, 5, 6]
    facts(state, make("pfcp.association_setup_request", **CP, fiveg__pfcp__sequence=700_000))
    assert which(facts(state, delete(make, 700_001)), COUNT) == []


def test_numbers_that_are_drawn_are_no_count(make: Make) -> None:
    numbers = [(each * 7_919_231) % 2**24 for each in range(40)]
    assert which(facts(State(), *(delete(make, number) for number in numbers)), COUNT) == []


def test_a_upf_loses_what_neither_comes_nor_is_released(make: Make) -> None:
    *_, last = facts(State(), beat(make, 1), *(delete(make, number, at=20 + number / 10) for number in range(1, 13)))
    assert last[LOST] == 12
    turns = [call(make, n, at=n / 10) for n in range(1, 13) for call in (establish, delete)]
    assert which(facts(State(), *turns), LOST) == []
    batch = [*(establish(make, n, at=n) for n in range(1, 13)), *(delete(make, n, at=n) for n in range(13, 25))]
    assert which(facts(State(), *batch), LOST) == []
    slow = facts(State(), *(delete(make, number, at=number * 20) for number in range(1, 13)))
    assert which(slow, LOST) == []


def test_n2_explains_deletions_of_sessions_that_are_older_than_the_monitor(make: Make) -> None:
    leaving = []
    for number in range(1, 13):
        leaving += [make("ngap.ue_context_release_command", at=number / 10), delete(make, number, at=number / 10)]
    assert which(facts(State(), *leaving), LOST) == []


def test_an_association_whose_end_does_not_answer_is_not_alive(make: Make) -> None:
    alive = "fiveg.pfcp.association_alive"

    def set_up(at: float) -> list[PlainEvent]:
        asked = make("pfcp.association_setup_request", at=at, **CP, fiveg__pfcp__node_id="smf", fiveg__pfcp__sequence=1)
        answer = make("pfcp.association_setup_response", at=at, **UP, fiveg__pfcp__cause=1, fiveg__pfcp__sequence=1)
        return [asked, answer]

    state = State()
    facts(state, *set_up(1), beat(make, 10))
    assert facts(state, *set_up(20))[0][alive] is False
    facts(state, beat(make, 30), make("pfcp.heartbeat_response", at=30, **UP, fiveg__pfcp__sequence=2), beat(make, 39))
    assert facts(state, *set_up(40))[0][alive] is True


def test_a_deletion_that_finds_no_session_loses_none(make: Make) -> None:
    missed = [
        event
        for number in range(30)
        for event in (
            delete(make, number, at=100 + number / 10),
            make("pfcp.session_deletion_response", at=100 + number / 10, **UP, fiveg__pfcp__cause=65),
        )
    ]
    assert which(facts(State(), beat(make, 1), *missed), LOST) == []
