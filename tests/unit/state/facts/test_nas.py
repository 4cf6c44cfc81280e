"""Facts about NAS: capabilities, concealed identities, protection, counters and order."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.model.event import PlainEvent, Value
from sentinel.state import State
from tests.unit.state.conftest import Make, facts
from tests.unit.state.facts.test_n2 import OTHER, TO_OTHER, derived
from tests.unit.state.test_identity import AMF, RAN, SUPI, ue

STRONG: dict[str, Any] = {"fiveg__nas__ue_nea": ("NEA0", "NEA1", "NEA2"), "fiveg__nas__ue_nia": ("NIA0", "NIA2")}
WEAK: dict[str, Any] = {"fiveg__nas__ue_nea": ("NEA0", "NEA1"), "fiveg__nas__ue_nia": ("NIA0",)}


def up(kind: str, make: Make, at: float | None = None, **more: Any) -> PlainEvent:
    return ue(f"nas.{kind}", make, amf="9", at=at, **{"fiveg__nas__security_header": 0, **more})


def down(kind: str, make: Make, at: float | None = None, **more: Any) -> PlainEvent:
    return ue(f"nas.{kind}", make, amf="9", side=AMF, at=at, **{"fiveg__nas__security_header": 2, **more})


def registered(make: Make, **more: Any) -> list[PlainEvent]:
    """A registration, from the first message to the last."""
    return [
        ue("ngap.initial_ue_message", make),
        ue("nas.registration_request", make, fiveg__supi=SUPI, fiveg__suci="a", fiveg__nas__security_header=0,
           **{"fiveg__nas__registration_type": "initial", **STRONG, **more}),
        ue("ngap.downlink_nas_transport", make, amf="9", side=AMF),
        down("authentication_request", make, fiveg__nas__security_header=0),
        up("authentication_response", make),
        down("security_mode_command", make, fiveg__nas__security_header=3, fiveg__nas__cipher="NEA2",
             fiveg__nas__integrity="NIA2", fiveg__nas__sequence=0, fiveg__nas__mac="00000001", **STRONG),
        up("security_mode_complete", make, fiveg__nas__security_header=4, fiveg__nas__sequence=0, fiveg__nas__mac="000000a0"),
        down("registration_accept", make, fiveg__tmsi="0xc0000001", fiveg__nas__sequence=1, fiveg__nas__mac="00000002"),
        up("registration_complete", make, fiveg__nas__security_header=2, fiveg__nas__sequence=1, fiveg__nas__mac="000000a1"),
    ]  # fmt: skip


SUSPICIOUS = ("fiveg.nas.out_of_state", "fiveg.nas.plain_after_security", "fiveg.nas.count_reused",
              "fiveg.nas.auth_id_swapped", "fiveg.nas.seccap_lowered", "fiveg.suci.replayed")  # fmt: skip


def test_an_ordinary_registration_is_nothing(make: Make) -> None:
    for added in facts(State(), *registered(make)):
        assert not [name for name in SUSPICIOUS if added.get(name)]
        assert added.get("fiveg.nas.seccap_mismatch") in (None, False)
        assert added.get("fiveg.nas.emergency") in (None, False)


def test_replayed_capabilities_that_differ_are_a_mismatch(make: Make) -> None:
    state = State()
    facts(state, *registered(make))
    command = down("security_mode_command", make, fiveg__nas__security_header=3, **WEAK)
    switch = ue("ngap.path_switch_request", make, ran="7", amf="9", side=OTHER, **WEAK)
    honest = ue("ngap.path_switch_request", make, ran="7", amf="9", side=OTHER, **STRONG)
    answer = ue("ngap.path_switch_request_acknowledge", make, ran="7", amf="9", side=TO_OTHER)
    first, second, third, fourth = facts(state, command, switch, honest, answer)
    assert first["fiveg.nas.seccap_mismatch"] is second["fiveg.nas.seccap_mismatch"] is True
    assert third["fiveg.nas.seccap_mismatch"] is False
    assert "fiveg.nas.seccap_mismatch" not in fourth


def test_an_emergency_registration_is_known_at_the_security_mode_command(make: Make) -> None:
    *_, command, _, _, _ = facts(State(), *registered(make, fiveg__nas__registration_type="emergency"))
    assert command["fiveg.nas.emergency"] is True


def test_fewer_algorithms_than_before_are_said(make: Make) -> None:
    state = State()
    facts(state, *registered(make))
    (lower,) = facts(state, ue("nas.registration_request", make, ran="2", fiveg__supi=SUPI, **WEAK))
    assert lower["fiveg.nas.seccap_lowered"] == ("NEA2", "NIA2")
    (same,) = facts(state, ue("nas.registration_request", make, ran="3", fiveg__supi=SUPI, **STRONG))
    assert "fiveg.nas.seccap_lowered" not in same


@pytest.mark.parametrize(
    ("at", "side", "scheme", "replayed"),
    [(60, RAN, 1, False), (62, RAN, 1, True), (5, OTHER, 1, True), (62, RAN, 0, None), (62, RAN, 2, True)],
)
def test_a_concealed_identity_is_made_anew_each_time(
    make: Make, at: float, side: dict[str, Any], scheme: int, replayed: bool | None
) -> None:
    def request(when: float, where: dict[str, Value]) -> PlainEvent:
        return make("nas.registration_request", at=when, **where, fiveg__ran_ue_ngap_id=str(when), fiveg__suci="suci-1",
                    fiveg__suci__scheme=scheme)  # fmt: skip

    first, again = facts(State(), request(1, RAN), request(at, side))
    assert "fiveg.suci.replayed" not in first
    assert again.get("fiveg.suci.replayed") is replayed


def test_a_ciphered_security_mode_complete_activates_security_too(make: Make) -> None:
    state = State()
    *before, _complete, _accept, _last = registered(make)
    facts(state, *before, up("protected", make, fiveg__nas__security_header=4, fiveg__nas__mac="000000a0"))
    (transport,) = facts(state, up("ul_nas_transport", make))
    assert transport["fiveg.nas.plain_after_security"] is True


def test_plain_messages_after_security(make: Make) -> None:
    state = State()
    facts(state, *registered(make))
    transport, deregistration, imei, suci, protected = facts(
        state, up("ul_nas_transport", make), up("deregistration_request_ue_originating", make),
        up("identity_response", make, fiveg__nas__identity_type="imei"),
        up("identity_response", make, fiveg__nas__identity_type="suci"),
        up("ul_nas_transport", make, fiveg__nas__security_header=2),
    )  # fmt: skip
    assert transport["fiveg.nas.plain_after_security"] is imei["fiveg.nas.plain_after_security"] is True
    for allowed in (deregistration, suci, protected):
        assert "fiveg.nas.plain_after_security" not in allowed


def used(
    make: Make, sequence: int, mac: str, ran: str = "1", kind: str = "nas.ul_nas_transport", **more: Any
) -> PlainEvent:
    return ue(kind, make, ran=ran, fiveg__nas__security_header=2, fiveg__nas__sequence=sequence, fiveg__nas__mac=mac, **more)  # fmt: skip


def test_a_counter_is_used_once(make: Make) -> None:
    state = State()
    facts(state, *registered(make))
    first, again, wrapped, answer = facts(
        state, used(make, 2, "000000a2"), used(make, 2, "000000a2"), used(make, 2, "ffffffa2"),
        down("dl_nas_transport", make, fiveg__nas__sequence=2, fiveg__nas__mac="000000a2"),
    )  # fmt: skip
    assert again["fiveg.nas.count_reused"] is True
    for fine in (first, wrapped, answer):  # sequence numbers wrap; each direction counts for itself
        assert "fiveg.nas.count_reused" not in fine


def test_an_idle_terminal_comes_back_with_its_counters(make: Make) -> None:
    state = State()
    facts(state, *registered(make), ue("ngap.ue_context_release_complete", make, amf="9"))
    tmsi: dict[str, Any] = {"fiveg__tmsi": "0xc0000001", "kind": "nas.service_request"}
    _, fresh, _, replay = facts(
        state, ue("ngap.initial_ue_message", make, ran="2"), used(make, 2, "000000a2", "2", **tmsi),
        ue("ngap.initial_ue_message", make, ran="3"), used(make, 2, "000000a2", "3", **tmsi),
    )  # fmt: skip
    assert "fiveg.nas.count_reused" not in fresh
    assert replay["fiveg.nas.count_reused"] is True


def test_new_keys_begin_new_counters(make: Make) -> None:
    state = State()
    facts(state, *registered(make))
    again = registered(make)[5:]
    for added in facts(state, *again):
        assert "fiveg.nas.count_reused" not in added


def test_messages_that_nothing_expects(make: Make) -> None:
    first = facts(State(), ue("ngap.initial_ue_message", make), ue("nas.authentication_response", make))[1]
    assert first["fiveg.nas.out_of_state"] == "not_initial"
    state = State()
    facts(state, *registered(make))
    (unasked,) = facts(state, up("authentication_response", make))
    assert unasked["fiveg.nas.out_of_state"] == "no_procedure"
    facts(state, down("security_mode_command", make), up("security_mode_reject", make))
    after, anew = facts(state, up("service_request", make), up("registration_request", make))
    assert after["fiveg.nas.out_of_state"] == "after_reject"
    assert "fiveg.nas.out_of_state" not in anew
    (older,) = facts(State(), up("authentication_response", make))  # the context is older than the monitor
    assert "fiveg.nas.out_of_state" not in older


def test_an_answer_by_another_ran_id(make: Make) -> None:
    state = State()
    facts(state, *registered(make)[:3])
    facts(state, down("authentication_request", make, at=50))
    (swapped,) = facts(state, ue("nas.authentication_response", make, ran="2", amf="9", at=50.5))
    assert swapped["fiveg.nas.auth_id_swapped"] is True
    facts(state, down("authentication_request", make, at=60))
    own, late = facts(
        state,
        up("authentication_response", make, at=60.5),
        ue("nas.authentication_response", make, ran="2", amf="9", at=63),
    )
    assert "fiveg.nas.auth_id_swapped" not in own
    assert "fiveg.nas.auth_id_swapped" not in late


def test_uses_of_a_temporary_identity_are_counted_until_it_is_given_anew(make: Make) -> None:
    state = State()
    facts(state, *registered(make))
    counted = facts(state, *(ue("nas.service_request", make, ran=str(n), fiveg__tmsi="0xc0000001") for n in (2, 3)))
    assert [each["fiveg.tmsi.uses"] for each in counted] == [1, 2]
    facts(state, down("configuration_update_command", make, fiveg__tmsi="0xc0000001"))
    (again,) = facts(state, ue("nas.service_request", make, ran="4", fiveg__tmsi="0xc0000001"))
    assert again["fiveg.tmsi.uses"] == 1


def test_an_id_that_is_in_use_begins_no_second_context(make: Make) -> None:
    state = State()
    first, second = facts(state, *(ue("ngap.initial_ue_message", make, at=at) for at in (1, 1.5)))
    assert "fiveg.ngap.ran_id_gap" not in first
    assert second["fiveg.ngap.ran_id_gap"] == 500
    facts(state, ue("ngap.ue_context_release_complete", make))
    (after,) = facts(state, ue("ngap.initial_ue_message", make))
    assert "fiveg.ngap.ran_id_gap" not in after


def test_an_authentication_nobody_answers(make: Make) -> None:
    begun, later = registered(make)[:4], ue("ngap.paging", make, at=30)
    (made,) = derived(State(), *begun, later)
    assert (made["event.action"], made["fiveg.supi"]) == ("nas.authentication_unanswered", SUPI)
    assert derived(State(), *begun, up("authentication_failure", make, at=8), later) == []


def test_a_page_nobody_answers(make: Make) -> None:
    def page(at: float) -> PlainEvent:
        return make("ngap.paging", at=at, **AMF, fiveg__tmsi="0xc0000001")

    later = ue("nas.service_request", make, at=40, fiveg__tmsi="0xc0000009")
    answer = ue("nas.service_request", make, at=3, fiveg__tmsi="0xc0000001")
    assert [each["event.action"] for each in derived(State(), page(1), page(2), later)] == ["ngap.paging_unanswered"]
    assert derived(State(), page(1), answer, later) == []


def test_what_was_asked_for_is_said_when_it_is_refused(make: Make) -> None:
    """A session's network and slice, once; the rejected slices of a registration; nothing where nothing was refused."""
    state = State()
    wanted: dict[str, Any] = {
        "fiveg__pdu_session__id": 1,
        "fiveg__dnn": "ot",
        "fiveg__snssai__sst": 2,
        "fiveg__snssai__sd": "0000a1",
    }
    refused: dict[str, Any] = {"fiveg__pdu_session__id": 1, "fiveg__nas__cause": 70}
    *_, first, again, rejected, sms = facts(
        state, ue("ngap.initial_ue_message", make), up("pdu_session_establishment_request", make, **wanted),
        down("pdu_session_establishment_reject", make, **refused), down("pdu_session_establishment_reject", make, **refused),
        down("registration_reject", make, fiveg__nas__rejected__sst=(3, 4), fiveg__nas__rejected__sd=("", "0000b1")),
        down("dl_nas_transport", make, fiveg__pdu_session__id=1),
    )  # fmt: skip
    assert first["fiveg.session.refused"] == ("ot/2-0000a1",)
    assert "fiveg.session.refused" not in again | sms
    assert rejected["fiveg.session.refused"] == ("/3", "/4-0000b1")
