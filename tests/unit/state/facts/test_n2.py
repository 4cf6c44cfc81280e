"""Facts about N2: base stations, their contexts and tunnels. Each with what looks like it and is none."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.model.event import Event, PlainEvent, Value
from sentinel.site import SitePlan
from sentinel.state import State
from tests.unit.state.conftest import SECOND, Make, facts
from tests.unit.state.facts.test_facts import gnb, setup
from tests.unit.state.test_identity import AMF, RAN, SUPI, ue

OTHER: dict[str, Any] = {**RAN, "source__ip": "10.11.2.102"}
TO_OTHER: dict[str, Any] = {**AMF, "destination__ip": "10.11.2.102"}


def derived(state: State, *events: Event) -> list[dict[str, Value]]:
    """The events that State makes of these."""
    return [dict(made.fields) for event in events for made in state.take(event) if made.source == "state"]


def announce(make: Make, kind: str = "ngap.ng_setup_request", **more: Any) -> PlainEvent:
    said: dict[str, Any] = {"fiveg__gnb__id": "1", "fiveg__gnb__plmn": "99970", "fiveg__gnb__name": "gnb1",
                              "fiveg__tac": ("1", "2"), "fiveg__plmn": "99970", "fiveg__snssai__sst": (1, 2),
                              "fiveg__snssai__sd": ("", "0000a1"), "fiveg__ngap__paging_drx": 128}  # fmt: skip
    return gnb(kind, make, "10.11.2.101", **{**said, **more})


def test_gnb_drift_says_what_was_announced_otherwise(make: Make) -> None:
    state = State()
    accepted = make("ngap.ng_setup_response", **AMF)
    first, _, refused, same, _, other, update = facts(
        state, announce(make), accepted, announce(make, fiveg__tac=("99")),
        announce(make, fiveg__tac=("2", "1")), accepted, announce(make, fiveg__tac="7", fiveg__gnb__name="x"),
        announce(make, "ngap.ran_configuration_update", fiveg__snssai__sst=3, fiveg__snssai__sd=""),
    )  # fmt: skip
    assert refused["fiveg.gnb.drift"] == ("tac",)
    assert "fiveg.gnb.drift" not in first
    assert "fiveg.gnb.drift" not in same
    assert (other["fiveg.gnb.drift"], other["fiveg.gnb.drift_before"]) == (("name", "tac"), ("name=gnb1", "tac=1 2"))
    assert update["fiveg.gnb.drift"] == ("slice",)


def test_another_sctp_stack_is_a_drift(make: Make) -> None:
    inits = [gnb("sctp.init", make, "10.11.2.101", fiveg__sctp__a_rwnd=window) for window in (1000, 1000, 2000)]
    accepted = make("ngap.ng_setup_response", **AMF)
    *_, same = facts(State(), inits[0], announce(make), accepted, inits[1], announce(make))
    assert "fiveg.gnb.drift" not in same
    *_, other = facts(State(), inits[0], announce(make), accepted, inits[2], announce(make))
    assert other["fiveg.gnb.drift"] == ("sctp",)


def test_what_the_plan_does_not_have_is_foreign(make: Make, site: SitePlan) -> None:
    plan = site.model_copy(update={"tacs": ("1",), "slices": ()})
    (said,) = facts(State(plan), announce(make, fiveg__plmn=("99970", "00101")))
    assert (said["fiveg.gnb.foreign_plmn"], said["fiveg.gnb.foreign_tac"]) == (("00101",), ("2",))
    assert "fiveg.gnb.foreign_slice" not in said  # the plan says nothing of slices
    (none,) = facts(State(), announce(make))
    assert "fiveg.gnb.foreign_tac" not in none


def test_an_init_that_is_not_followed_up_is_half_open(make: Make, site: SitePlan) -> None:
    probe = gnb("sctp.init", make, "10.11.9.9", at=10)
    (made,) = derived(State(site), probe, gnb("sctp.heartbeat", make, "10.11.2.101", at=16))
    assert (made["event.action"], made["source.ip"], made["fiveg.sctp.from_gnb"]) == (
        "sctp.half_open", "10.11.9.9", False)  # fmt: skip
    whole = [gnb(f"sctp.{kind}", make, "10.11.2.101", at=10) for kind in ("init", "cookie_echo")]
    assert derived(State(site), *whole, gnb("sctp.heartbeat", make, "10.11.2.101", at=16)) == []


def test_a_cookie_without_an_init_is_told_when_none_can_be_older_than_the_monitor(make: Make) -> None:
    state = State()
    early, late = facts(state, *(gnb("sctp.cookie_echo", make, "10.0.0.1", at=at) for at in (1, 100)))
    assert "fiveg.sctp.without_init" not in early
    assert late["fiveg.sctp.without_init"] is True
    *_, answered = facts(
        state, gnb("sctp.init", make, "10.0.0.2", at=101), gnb("sctp.cookie_echo", make, "10.0.0.2", at=101)
    )
    assert answered["fiveg.sctp.without_init"] is False


def procedure(kind: str, make: Make, pdu: str, code: int = 14, side: dict[str, Any] = RAN) -> PlainEvent:
    return ue(kind, make, amf="9", side=side, fiveg__ngap__procedure_code=code, fiveg__ngap__pdu_type=pdu)


def test_an_outcome_needs_a_request(make: Make) -> None:
    state = State()
    facts(state, *setup(make, "10.11.2.101"))
    asked = procedure("ngap.initial_context_setup_request", make, "initiating_message", side=AMF)
    answer = procedure("ngap.initial_context_setup_response", make, "successful_outcome")
    _, answered = facts(state, asked, answer)
    assert "fiveg.ngap.unsolicited" not in answered
    (other,) = facts(state, procedure("ngap.pdu_session_resource_setup_response", make, "successful_outcome", 29))
    assert other["fiveg.ngap.unsolicited"] is True
    (unknown,) = facts(State(), answer)  # the association is older than the monitor
    assert "fiveg.ngap.unsolicited" not in unknown


def known(make: Make, state: State) -> None:
    facts(
        state,
        *setup(make, "10.11.2.101"),
        *setup(make, "10.11.2.102", "2"),
        ue("ngap.initial_ue_message", make),
        ue("nas.registration_request", make, fiveg__suci="a", fiveg__supi=SUPI),
        ue("ngap.downlink_nas_transport", make, amf="9", side=AMF),
    )


def test_another_gnb_that_names_the_context_is_foreign(make: Make) -> None:
    state = State()
    known(make, state)
    own, forged, swapped = facts(
        state, ue("ngap.uplink_nas_transport", make, amf="9"),
        ue("ngap.uplink_nas_transport", make, ran="7", amf="9", side=OTHER),
        ue("ngap.uplink_nas_transport", make, ran="5", amf="9"),
    )  # fmt: skip
    assert "fiveg.ngap.foreign_context" not in own
    assert (forged["fiveg.ngap.foreign_context"], forged["fiveg.ngap.context_gnb"]) == (True, "10.11.2.101")
    assert swapped["fiveg.ngap.id_mismatch"] is True


def test_after_a_path_switch_both_gnbs_may_speak_of_it_for_a_while(make: Make) -> None:
    state = State()
    known(make, state)
    asked, _, new, old = facts(
        state, ue("ngap.path_switch_request", make, ran="7", amf="9", side=OTHER),
        ue("ngap.path_switch_request_acknowledge", make, ran="7", amf="9", side=TO_OTHER),
        ue("ngap.uplink_nas_transport", make, ran="7", amf="9", side=OTHER),
        ue("ngap.ue_context_release_complete", make, amf="9"),
    )  # fmt: skip
    assert asked["fiveg.ngap.context_gnb"] == "10.11.2.101"
    assert "fiveg.ngap.foreign_context" not in new
    assert "fiveg.ngap.foreign_context" not in old
    (back,) = facts(state, ue("ngap.path_switch_request", make, ran="8", amf="9"))
    assert back["fiveg.ngap.neighbour_known"] is True


def test_that_two_gnbs_are_no_neighbours_is_said_when_the_monitor_is_old_enough(make: Make) -> None:
    young, old = State(), State()
    known(make, young)
    known(make, old)
    (early,) = facts(young, ue("ngap.path_switch_request", make, ran="7", amf="9", side=OTHER))
    (late,) = facts(old, ue("ngap.path_switch_request", make, ran="7", amf="9", side=OTHER, at=700))
    assert "fiveg.ngap.neighbour_known" not in early
    assert late["fiveg.ngap.neighbour_known"] is False


def test_one_station_may_have_several_associations(make: Make) -> None:
    state = State()
    known(make, state)
    second = {**RAN, "source__port": 40000}
    (other,) = facts(state, ue("ngap.uplink_nas_transport", make, ran="7", amf="9", side=second))
    assert "fiveg.ngap.foreign_context" not in other


def test_while_a_site_is_learnt_nobody_is_a_stranger(make: Make) -> None:
    early, late = facts(State(), *(gnb("sctp.init", make, "10.11.9.9", at=at) for at in (1, 700)))
    assert "fiveg.sctp.from_gnb" not in early
    assert late["fiveg.sctp.from_gnb"] is False


def test_a_handover_goes_to_a_gnb_of_the_site(make: Make, site: SitePlan) -> None:
    state = State(site)
    known(make, state)
    own, strange = facts(state, *(
        ue("ngap.handover_required", make, amf="9", fiveg__ngap__target_gnb_id=target) for target in ("2", "66")
    ))  # fmt: skip
    assert (own["fiveg.ngap.target_known"], strange["fiveg.ngap.target_known"]) == (True, False)


def tunnel(make: Make, address: str, at: float | None = None) -> PlainEvent:
    return ue("ngap.pdu_session_resource_setup_response", make, amf="9", at=at, fiveg__pdu_session__id=1,
              fiveg__ngap__dl__address=address, fiveg__ngap__dl__teid="0x00000001")  # fmt: skip


def test_a_downlink_end_that_is_not_the_gnbs_is_foreign(make: Make, site: SitePlan) -> None:
    own, other = facts(State(site), tunnel(make, "10.11.3.101"), tunnel(make, "10.11.3.66"))
    assert "fiveg.ngap.dl_foreign" not in own
    assert other["fiveg.ngap.dl_foreign"] == ("10.11.3.66",)


def test_without_a_plan_the_downlink_ends_are_learnt(make: Make) -> None:
    state = State()
    facts(state, *setup(make, "10.11.2.101"))
    early, late, own = facts(
        state, tunnel(make, "10.11.3.101"), tunnel(make, "10.11.3.66", at=700), tunnel(make, "10.11.3.101", at=701)
    )
    assert "fiveg.ngap.dl_foreign" not in early
    assert late["fiveg.ngap.dl_foreign"] == ("10.11.3.66",)
    assert "fiveg.ngap.dl_foreign" not in own


def test_a_reset_counts_the_connections_of_others_and_ends_its_own(make: Make) -> None:
    state = State()
    known(make, state)
    ids: dict[str, Any] = {"fiveg__ngap__reset__amf_ue_ngap_id": ("9", "10"), "fiveg__ngap__reset_type": "part_of_ng_interface"}  # fmt: skip
    (forged,) = facts(state, make("ngap.ng_reset", **OTHER, **ids))
    assert forged["fiveg.ngap.reset_foreign"] == 1
    (own,) = facts(state, make("ngap.ng_reset", **RAN, **ids))
    assert (own["fiveg.ngap.reset_foreign"], own["fiveg.gnb.active_ues"]) == (0, 1)
    (again,) = facts(state, make("ngap.ng_reset", **RAN, fiveg__ngap__reset_type="ng_interface"))
    assert again["fiveg.gnb.active_ues"] == 0


def test_a_message_is_new_once_and_after_learning(make: Make) -> None:
    state = State()
    early, late, again, learnt = facts(
        state, make("ngap.paging", at=1, **AMF), make("ngap.trace_start", at=700, **AMF), make("ngap.trace_start", **AMF),
        make("ngap.paging", at=702, **AMF),
    )  # fmt: skip
    assert "fiveg.ngap.procedure_new" not in early
    assert late["fiveg.ngap.procedure_new"] is True
    assert "fiveg.ngap.procedure_new" not in again
    assert "fiveg.ngap.procedure_new" not in learnt


def beating(make: Make, address: str, first: int, end: int) -> list[Event]:
    return [gnb("sctp.heartbeat_ack", make, address, at=at) for at in range(first, end, 30)]


def in_order(*events: list[Event]) -> list[Event]:
    return sorted((event for each in events for event in each), key=lambda event: event.time)


def test_a_gnb_that_is_not_heard_is_silent_once_until_it_is_heard_again(make: Make) -> None:
    state = State()
    one, two = setup(make, "10.11.2.101", at=1), setup(make, "10.11.2.102", "2", at=1)
    (made,) = derived(
        state, *one, *two, *in_order(beating(make, "10.11.2.101", 30, 90), beating(make, "10.11.2.102", 30, 400))
    )
    assert (made["event.action"], made["fiveg.gnb.id"], made["fiveg.gnb.silent_for"]) == ("gnb.silent", "1", 90)
    again = gnb("sctp.heartbeat", make, "10.11.2.101", at=410)
    later = beating(make, "10.11.2.102", 420, 700)
    assert [each["event.action"] for each in derived(state, again, *later)] == ["gnb.silent"]


def test_a_gnb_without_heartbeats_or_that_says_goodbye_or_a_blind_monitor_is_no_silence(make: Make) -> None:
    one, two = setup(make, "10.11.2.101", at=1), setup(make, "10.11.2.102", "2", at=1)
    others = beating(make, "10.11.2.102", 30, 400)
    assert derived(State(), *one, *two, *others) == []
    gone: list[Event] = [gnb("sctp.shutdown", make, "10.11.2.101", at=70)]
    assert derived(State(), *one, *two, *in_order(others, beating(make, "10.11.2.101", 30, 61), gone)) == []
    assert (
        derived(
            State(), *one, *beating(make, "10.11.2.101", 30, 90), gnb("sctp.heartbeat", make, "10.11.2.101", at=9999)
        )
        == []
    )


def test_overload_that_lasts_is_told(make: Make) -> None:
    start, stop = make("ngap.overload_start", at=1, **AMF), make("ngap.overload_stop", at=60, **AMF)
    later = make("ngap.paging", at=700, **AMF)
    assert [each["event.action"] for each in derived(State(), start, later)] == ["ngap.overload_lasting"]
    assert derived(State(), start, stop, later) == []


def crash(make: Make, *, malformed: float = 9.9, second: float = 10.5, back: float = 20) -> list[Event]:
    """Two base stations, a malformed message, both associations lost, both set up again."""
    down = {**AMF, "destination__port": 50000}
    return [
        *setup(make, "10.11.2.101", at=1), *setup(make, "10.11.2.102", "2", at=2),
        gnb("ngap.malformed", make, "10.11.2.102", at=malformed),
        make("sctp.abort", at=10, **{**down, "destination__ip": "10.11.2.101"}),
        make("sctp.abort", at=second, **{**down, "destination__ip": "10.11.2.102"}),
        *setup(make, "10.11.2.101", at=back), *setup(make, "10.11.2.102", "2", at=back + 1),
        gnb("sctp.heartbeat", make, "10.11.2.101", at=back + 2),
    ]  # fmt: skip


def test_an_amf_that_falls_after_a_malformed_message_names_it(make: Make) -> None:
    events = crash(make)
    (made,) = [each for each in derived(State(), *events) if each["event.action"] == "ngap.amf_restarted"]
    (trigger,) = [event for event in events if event.kind == "ngap.malformed"]
    assert (made["fiveg.amf.trigger"], made["fiveg.amf.trigger_source"]) == (trigger.id, "10.11.2.102")
    assert made["fiveg.amf.lost_gnbs"] == ("10.11.2.101", "10.11.2.102")


def test_a_restart_without_a_suspect_names_none_and_one_lost_gnb_is_no_restart(make: Make) -> None:
    (made,) = [each for each in derived(State(), *crash(make, malformed=3)) if each["event.action"].startswith("ngap")]  # type: ignore[union-attr]
    assert "fiveg.amf.trigger" not in made
    assert derived(State(), *crash(make, second=15, back=16)) == []
    assert derived(State(), *crash(make, back=75)) == []
    own = [
        gnb("sctp.shutdown", make, str(event.fields["destination.ip"]), at=event.time / SECOND)
        if event.kind == "sctp.abort"
        else event
        for event in crash(make)
    ]  # the base stations ended them
    assert derived(State(), *own) == []


def test_derived_events_are_the_same_in_a_replay(make: Make) -> None:
    events = crash(make)
    runs = [[made for event in events for made in State().take(event)] for _ in range(2)]
    assert runs[0] == runs[1]
    once, twice = (
        [m.id for state in [State()] for e in events for m in state.take(e) if m.source == "state"] for _ in "ab"
    )
    assert once == twice != []
    assert all(made.startswith(f"{20 * SECOND:016x}"[:6]) for made in once)


@pytest.mark.parametrize(
    ("policy", "asked", "weak"),
    [
        ("required", "not_needed", ("integrity",)),
        ("required", "required", None),
        ("preferred", "not_needed", None),
        ("", "not_needed", None),
    ],
)
def test_user_plane_protection_that_the_slice_requires(
    make: Make, site: SitePlan, policy: str, asked: str, weak: tuple[str, ...] | None
) -> None:
    plan = SitePlan.model_validate(
        {**site.model_dump(), "slices": [{"sst": 2, "sd": "0000a1", "up_integrity": policy}]}
    )
    state = State(plan)
    request, answer = facts(
        state, ue("ngap.pdu_session_resource_setup_request", make, amf="9", side=AMF, fiveg__pdu_session__id=1,
           fiveg__snssai__sst=2, fiveg__snssai__sd="0000a1", fiveg__ngap__up_integrity=asked),
        ue("ngap.pdu_session_resource_setup_response", make, amf="9", fiveg__pdu_session__id=1),
    )  # fmt: skip
    assert request.get("fiveg.ngap.up_security_weak") == weak
    assert "fiveg.ngap.up_security_weak" not in answer
