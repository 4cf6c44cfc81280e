"""When learning begins, and whose time deadlines are judged by."""

from __future__ import annotations

from sentinel.site import SitePlan
from sentinel.state import State
from tests.unit.state.conftest import Make

ENDS = {"source.ip": "10.11.2.101", "source.port": 40000, "destination.ip": "10.11.2.10", "destination.port": 38412}
IDS = {"fiveg.ran_ue_ngap_id": "1", "fiveg.amf_ue_ngap_id": "7"}


def test_asking_whether_the_site_is_being_learnt_does_not_start_the_clock(make: Make) -> None:
    state = State()
    assert state.learning(0)  # nobody has said anything yet
    state.take(make("ngap.ng_setup_request", at=2_000_000, **ENDS))
    assert state.learning(2_000_100 * 10**9)
    assert not state.learning(2_000_700 * 10**9)


def _asked(state: State, make: Make, clock: str) -> None:
    swapped = {
        "source.ip": "10.11.2.10",
        "source.port": 38412,
        "destination.ip": "10.11.2.101",
        "destination.port": 40000,
    }
    state.take(make("ngap.initial_ue_message", at=100, **ENDS, **IDS), clock)
    state.take(make("nas.authentication_request", at=101, **swapped, **IDS), clock)


def _kinds(state: State, make: Make, at: float, clock: str) -> list[str]:
    return [event.kind for event in state.take(make("pfcp.heartbeat_request", at=at), clock)]


def test_what_a_collector_expects_is_judged_by_its_own_time(make: Make, site: SitePlan) -> None:
    state = State(site)
    _asked(state, make, "behind")
    assert "nas.authentication_unanswered" not in _kinds(state, make, 3700, "live")
    assert "nas.authentication_unanswered" not in _kinds(state, make, 103, "behind")
    assert "nas.authentication_unanswered" in _kinds(state, make, 110, "behind")


def test_without_collectors_there_is_one_time(make: Make, site: SitePlan) -> None:
    state = State(site)
    _asked(state, make, "")
    assert "nas.authentication_unanswered" in _kinds(state, make, 110, "")
