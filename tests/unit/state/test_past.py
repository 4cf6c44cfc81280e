"""What is told of the past is not laid at the door of who has an address, a tunnel or an id today."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.model.event import Event, PlainEvent, Value
from sentinel.site import SitePlan
from sentinel.state import State
from sentinel.state.identity import EARLY
from tests.unit.state.conftest import SECOND, Make, facts
from tests.unit.state.test_identity import AMF, CP, SUPI, UP, session, ue, uplink

NOW = 900_000  # seconds: ten days after the capture that is read again
GRACE = EARLY // SECOND
OLD = "999700000000009"


def at(time: float, events: list[PlainEvent]) -> list[Event]:
    """The same events, at another time."""
    return [PlainEvent(e.kind, int(time * SECOND), f"{time}-{e.id}", "test", e.packet, dict(e.fields)) for e in events]


def today(make: Make, site: SitePlan) -> State:
    """A state that knows a terminal of today: session, N2 context and 5G-TMSI."""
    state = State(site)
    accept = ue("nas.registration_accept", make, amf="9", side=AMF, fiveg__tmsi="0xabc")
    named = ue("nas.registration_request", make, fiveg__supi=SUPI, fiveg__suci="suci-0")
    facts(state, *at(NOW, [ue("ngap.initial_ue_message", make), named, accept, *session(make)]))
    return state


@pytest.mark.parametrize(("before", "whose"), [(0, SUPI), (GRACE, SUPI), (GRACE + 1, None), (NOW - 5, None)])
def test_a_tunnel_names_its_terminal_from_when_it_was_learnt(
    make: Make, site: SitePlan, before: float, whose: str | None
) -> None:
    (flow,) = facts(today(make, site), uplink(make, at=NOW - before))
    assert flow.get("fiveg.supi") == whose


def _asked(make: Make, kind: str, **more: Value) -> PlainEvent:
    return make(f"pfcp.{kind}", at=5, **{**CP, "source__ip": "10.11.4.99"}, fiveg__pfcp__seid="0xb", **more)


@pytest.mark.parametrize("kind", ["session_modification_request", "session_deletion_request"])
def test_an_old_request_for_a_seid_accuses_nobody_of_todays_session(make: Make, site: SitePlan, kind: str) -> None:
    (added,) = facts(today(make, site), _asked(make, kind))
    assert not {"fiveg.supi", "fiveg.pfcp.foreign_peer", "fiveg.pfcp.n2_release"} & set(added)


def test_an_old_deletion_does_not_end_todays_session(make: Make, site: SitePlan) -> None:
    state = today(make, site)
    delete = make("pfcp.session_deletion_request", at=5, **CP, fiveg__pfcp__seid="0xb", fiveg__pfcp__sequence=8)
    done = make("pfcp.session_deletion_response", at=5, **UP, fiveg__pfcp__sequence=8, fiveg__pfcp__cause=1)
    *_, flow = facts(state, delete, done, uplink(make, at=NOW + 100))
    assert flow["fiveg.supi"] == SUPI


def test_an_old_session_takes_nothing_from_todays(make: Make, site: SitePlan) -> None:
    state = today(make, site)
    *_, old, new = facts(state, *at(5, session(make, OLD)), uplink(make, at=6), uplink(make, at=NOW + 1))
    assert "fiveg.supi" not in old
    assert "fiveg.teid_known" not in old  # nobody says that the tunnel was not set up then
    assert new["fiveg.supi"] == SUPI


def test_an_old_session_under_ends_of_its_own_is_known(make: Make, site: SitePlan) -> None:
    asked, answered = session(make, OLD, "10.45.0.9")
    other: dict[str, Any] = {"fiveg.pfcp.f_teid.teid": "0x00000022", "fiveg.pfcp.f_seid.seid": "0xe"}
    moved = PlainEvent(answered.kind, 0, "x", "test", 1, {**answered.fields, **other, "fiveg.pfcp.seid": "0xd"})
    asked = PlainEvent(asked.kind, 0, "y", "test", 1, {**asked.fields, "fiveg.pfcp.f_seid.seid": "0xd"})
    *_, flow = facts(today(make, site), *at(5, [asked, moved]), uplink(make, "0x00000022", "10.45.0.9", at=6))
    assert flow["fiveg.supi"] == OLD


@pytest.mark.parametrize("more", [{"ran": "1"}, {"ran": "1", "amf": "9"}, {"ran": "77", "fiveg__tmsi": "0xabc"}])
def test_old_ids_of_n2_name_nobody_of_today(make: Make, site: SitePlan, more: dict[str, Any]) -> None:
    (added,) = facts(today(make, site), ue("nas.service_request", make, at=5, **more))
    assert "fiveg.supi" not in added


def test_an_old_setup_ends_no_context_of_today(make: Make, site: SitePlan) -> None:
    state = today(make, site)
    old = make("ngap.ng_setup_response", at=5, **AMF)
    ran = ue("ngap.initial_ue_message", make, at=6)
    *_, still = facts(state, old, ran, ue("nas.protected", make, amf="9", at=NOW + 100))
    assert still["fiveg.supi"] == SUPI


def test_a_ran_end_is_a_sessions_from_when_it_moved_there(make: Make, site: SitePlan) -> None:
    state = today(make, site)
    ends: dict[str, Any] = {
        "ul__address": "10.11.3.20",
        "ul__teid": "0x00000011",
        "dl__address": "10.11.3.101",
        "dl__teid": "0x7",
    }
    setup = ue("ngap.pdu_session_resource_setup_response", make, amf="9", at=NOW + 500, fiveg__pdu_session__id=1,
               **{f"fiveg__ngap__{name}": value for name, value in ends.items()})  # fmt: skip
    down: dict[str, Any] = {"fiveg__gtpu__teid": "0x7", "fiveg__gtpu__outer__destination__ip": "10.11.3.101"}
    flows = [make("flow.started", at=NOW + when, **down) for when in (100, 501)]
    _, before, after = facts(state, setup, *flows)
    assert "fiveg.supi" not in before
    assert after["fiveg.supi"] == SUPI


RAN: dict[str, Value] = {
    "source__ip": "10.11.2.101", "source__port": 40000, "destination__ip": "10.11.2.10", "destination__port": 38412,
}  # fmt: skip
AMF_END: dict[str, Value] = {
    "source__ip": "10.11.2.10", "source__port": 38412, "destination__ip": "10.11.2.101", "destination__port": 40000,
}  # fmt: skip


def _set_up(make: Make, name: str, tac: str) -> list[PlainEvent]:
    said = {"fiveg__gnb__id": "1", "fiveg__gnb__plmn": "99970", "fiveg__gnb__name": name, "fiveg__tac": (tac,)}
    return [make("ngap.ng_setup_request", **RAN, **said), make("ngap.ng_setup_response", **AMF_END)]


def test_an_old_message_bears_no_name_that_its_base_station_took_later(make: Make, site: SitePlan) -> None:
    state = State(site)
    facts(state, *at(NOW, _set_up(make, "today", "1")))
    (old,) = facts(state, *at(5, [make("ngap.downlink_nas_transport", **AMF_END)]))
    assert "fiveg.gnb.name" not in old
    facts(state, *at(6, _set_up(make, "ten days ago", "1")))
    (new,) = facts(state, *at(NOW + 1, [make("ngap.error_indication", **RAN)]))
    assert new["fiveg.gnb.name"] == "today"


def test_what_a_base_station_said_ten_days_ago_is_no_drift_of_today(make: Make, site: SitePlan) -> None:
    state = State(site)
    facts(state, *at(NOW, _set_up(make, "gnb1", "1")))
    old, _ = facts(state, *at(5, _set_up(make, "gnb1", "7")))
    again, _ = facts(state, *at(NOW + 60, _set_up(make, "gnb1", "1")))
    assert "fiveg.gnb.drift" not in old
    assert "fiveg.gnb.drift" not in again
    drifted, _ = facts(state, *at(NOW + 90, _set_up(make, "gnb1", "7")))
    assert drifted["fiveg.gnb.drift"] == ("tac",)


def _registered(make: Make, ran: str, pei: str, nci: str) -> list[PlainEvent]:
    asked = ue("nas.registration_request", make, ran=ran, fiveg__supi=SUPI, fiveg__suci="suci-0", fiveg__nci=nci)
    shown = ue("nas.security_mode_complete", make, ran=ran, fiveg__pei=pei)
    return [ue("ngap.initial_ue_message", make, ran=ran), asked, shown]


def test_an_old_device_and_cell_are_no_change_of_todays_terminal(make: Make, site: SitePlan) -> None:
    state, ours, theirs = State(site), "353490069873319", "356938035643809"
    facts(state, *at(NOW, _registered(make, "1", ours, "0x000000011")))
    before = facts(state, *at(5, _registered(make, "2", theirs, "0x000000021")))
    same = facts(state, *at(NOW + 100, _registered(make, "3", ours, "0x000000011")))
    for seen in (*before, *same):
        assert not {"fiveg.pei.changed", "fiveg.pei.subscribers", "fiveg.ue.nci_before"} & set(seen)
    *_, other = facts(state, *at(NOW + 200, _registered(make, "4", theirs, "0x000000011")))
    assert other["fiveg.pei.changed"] is True
