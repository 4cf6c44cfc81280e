"""Who an event is about: from N4 first, N2 second, the register third; never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.model.event import PlainEvent
from sentinel.site import SitePlan
from sentinel.state import State
from sentinel.state.sessions import ACCEPTED
from tests.unit.state.conftest import Make, facts

RAN: dict[str, Any] = {
    "source__ip": "10.11.2.101", "source__port": 50000, "destination__ip": "10.11.2.10", "destination__port": 38412,
}  # fmt: skip
AMF: dict[str, Any] = {
    "source__ip": "10.11.2.10", "source__port": 38412, "destination__ip": "10.11.2.101", "destination__port": 50000,
}  # fmt: skip
CP: dict[str, Any] = {"source__ip": "10.11.4.30", "destination__ip": "10.11.4.20"}
UP: dict[str, Any] = {"source__ip": "10.11.4.20", "destination__ip": "10.11.4.30"}
SUPI = "999700000000001"


def ue(kind: str, make: Make, ran: str = "1", amf: str = "", side: dict[str, Any] = RAN, **more: Any) -> PlainEvent:
    ids: dict[str, Any] = {"fiveg__ran_ue_ngap_id": ran}
    if amf:
        ids["fiveg__amf_ue_ngap_id"] = amf
    return make(kind, **{**side, **ids, **more})


def session(make: Make, supi: str = SUPI, ip: str = "10.45.0.2") -> list[PlainEvent]:
    """A PFCP session whose uplink tunnel is 0x11 at the UPF."""
    return [
        make("pfcp.session_establishment_request", **CP, fiveg__supi=supi, fiveg__pei="35", fiveg__dnn="ot",
             fiveg__pfcp__sequence=7, fiveg__pfcp__f_seid__seid="0xc", fiveg__pdu_session__ue_ip=ip),
        make("pfcp.session_establishment_response", **UP, fiveg__pfcp__sequence=7, fiveg__pfcp__cause=ACCEPTED,
             fiveg__pfcp__seid="0xc", fiveg__pfcp__f_seid__seid="0xb",
             fiveg__pfcp__f_teid__address="10.11.3.20", fiveg__pfcp__f_teid__teid="0x00000011"),
    ]  # fmt: skip


def uplink(make: Make, teid: str = "0x00000011", source: str = "10.45.0.2", at: float | None = None) -> PlainEvent:
    return make("flow.started", at=at, source__ip=source, destination__ip="10.11.6.80", fiveg__gtpu__teid=teid,
                fiveg__gtpu__outer__source__ip="10.11.3.101", fiveg__gtpu__outer__destination__ip="10.11.3.20")  # fmt: skip


def test_a_tunnel_names_its_terminal_from_n4(make: Make) -> None:
    *_, flow = facts(State(), *session(make), uplink(make))
    assert flow["fiveg.supi"] == SUPI
    assert flow["fiveg.identity_source"] == "N4"
    assert flow["fiveg.dnn"] == "ot"


def test_a_forged_inner_address_does_not_change_whose_tunnel_it_is(make: Make) -> None:
    *_, flow = facts(State(), *session(make), *session(make, "2", "10.45.0.3"), uplink(make, source="10.45.0.3"))
    assert flow["fiveg.supi"] == "2"  # the later session took the tunnel over
    *_, flow = facts(State(), *session(make), uplink(make, source="198.51.100.1"))
    assert flow["fiveg.supi"] == SUPI


def test_what_nobody_said_stays_unknown(make: Make) -> None:
    (flow,) = facts(State(), uplink(make))
    assert "fiveg.supi" not in flow
    assert "fiveg.identity_source" not in flow


def test_a_refused_session_is_none(make: Make) -> None:
    asked, answered = session(make)
    refused = make(answered.kind, **UP, fiveg__pfcp__sequence=7, fiveg__pfcp__cause=64, fiveg__pfcp__seid="0xc",
                   fiveg__pfcp__f_teid__address="10.11.3.20", fiveg__pfcp__f_teid__teid="0x00000011")  # fmt: skip
    *_, flow = facts(State(), asked, refused, uplink(make, source="10.45.0.9"))
    assert "fiveg.supi" not in flow


@pytest.mark.parametrize(("later", "known"), [(20, True), (31, False)])
def test_a_deleted_session_explains_late_packets_only_so_long(make: Make, later: float, known: bool) -> None:
    delete = make("pfcp.session_deletion_request", at=10, **CP, fiveg__pfcp__seid="0xb", fiveg__pfcp__sequence=8)
    done = make("pfcp.session_deletion_response", at=10, **UP, fiveg__pfcp__sequence=8, fiveg__pfcp__cause=ACCEPTED)
    *_, flow = facts(State(), *session(make), delete, done, uplink(make, at=10 + later))
    assert ("fiveg.supi" in flow) is known


def test_a_null_scheme_suci_names_the_whole_context(make: Make) -> None:
    first = ue("ngap.initial_ue_message", make)
    request = ue("nas.registration_request", make, fiveg__suci="suci-0", fiveg__supi=SUPI)
    down = ue("ngap.downlink_nas_transport", make, amf="9", side=AMF)
    failure = ue("nas.authentication_failure", make, amf="9")
    *_, named, last = facts(State(), first, request, down, failure)
    assert named["fiveg.supi"] == last["fiveg.supi"] == SUPI
    assert last["fiveg.identity_source"] == "N2"


def test_a_concealed_terminal_is_named_by_its_tunnel_on_n4(make: Make) -> None:
    setup = ue("ngap.pdu_session_resource_setup_request", make, amf="9", side=AMF, fiveg__pdu_session__id=1,
               fiveg__ngap__ul__address="10.11.3.20", fiveg__ngap__ul__teid="0x00000011")  # fmt: skip
    later = ue("nas.protected", make, amf="9")
    *_, last = facts(State(), ue("ngap.initial_ue_message", make), *session(make), setup, later)
    assert last["fiveg.supi"] == SUPI
    assert last["fiveg.identity_source"] == "N4"


def test_without_n4_the_tunnels_of_n2_name_both_directions(make: Make) -> None:
    setup = ue("ngap.pdu_session_resource_setup_request", make, amf="9", side=AMF, fiveg__pdu_session__id=(1, 2),
               fiveg__ngap__ul__address=("10.11.3.20", "10.11.3.20"),
               fiveg__ngap__ul__teid=("0x00000011", "0x00000012"))  # fmt: skip
    answer = ue("ngap.pdu_session_resource_setup_response", make, amf="9", fiveg__pdu_session__id=(1, 2),
                fiveg__ngap__dl__address=("10.11.3.101", "10.11.3.101"),
                fiveg__ngap__dl__teid=("0x00000021", "0x00000022"))  # fmt: skip
    downlink = make("flow.started", source__ip="10.11.6.80", fiveg__gtpu__teid="0x00000022",
                    fiveg__gtpu__outer__destination__ip="10.11.3.101")  # fmt: skip
    known = ue("nas.registration_request", make, fiveg__suci="suci-0", fiveg__supi=SUPI)
    *_, up, down = facts(State(), ue("ngap.initial_ue_message", make), known, setup, answer, uplink(make), downlink)
    assert (up["fiveg.supi"], up["fiveg.identity_source"]) == (SUPI, "N2")
    assert (down["fiveg.supi"], down["fiveg.pdu_session.id"]) == (SUPI, 2)


def test_an_amf_on_another_port_is_told_from_its_base_station(make: Make) -> None:
    state = State()
    ran, amf = {**RAN, "destination__port": 38413}, {**AMF, "source__port": 38413}
    *_, challenge = facts(
        state, ue("ngap.initial_ue_message", make, side=ran), ue("ngap.downlink_nas_transport", make, amf="9", side=amf),
        ue("nas.authentication_request", make, amf="9", side=amf),
    )  # fmt: skip
    assert challenge["fiveg.gnb.address"] == ran["source__ip"]


def test_a_temporary_identity_leads_back_to_the_terminal(make: Make) -> None:
    state = State()
    facts(
        state,
        ue("ngap.initial_ue_message", make),
        ue("nas.registration_request", make, fiveg__suci="suci-0", fiveg__supi=SUPI),
        ue("nas.registration_accept", make, amf="9", side=AMF, fiveg__tmsi="0x000000aa"),
        ue("ngap.ue_context_release_complete", make, amf="9"),
    )
    again = ue("ngap.initial_ue_message", make, ran="2", fiveg__tmsi="0x000000aa")
    (known,) = facts(state, again)
    assert known["fiveg.supi"] == SUPI


def test_a_reused_context_id_does_not_inherit_the_terminal(make: Make) -> None:
    state = State()
    facts(
        state,
        ue("ngap.initial_ue_message", make),
        ue("nas.registration_request", make, fiveg__suci="a", fiveg__supi="1"),
    )
    (_, other) = facts(state, ue("ngap.initial_ue_message", make), ue("nas.identity_response", make, fiveg__suci="b"))
    assert "fiveg.supi" not in other


def test_a_pfcp_message_names_the_victim(make: Make) -> None:
    attack = make("pfcp.session_deletion_request", source__ip="10.11.4.99", destination__ip="10.11.4.20",
                  fiveg__pfcp__seid="0xb", fiveg__pfcp__sequence=1)  # fmt: skip
    *_, named = facts(State(), *session(make), attack)
    assert named["fiveg.supi"] == SUPI


def test_the_register_is_the_last_resort(make: Make, site: SitePlan) -> None:
    from sentinel.site import Terminal

    listed = site.model_copy(update={"terminals": (Terminal("3", imei="86", ip="10.45.0.2"),)})
    (flow,) = facts(State(listed), uplink(make))
    assert (flow["fiveg.supi"], flow["fiveg.pei"], flow["fiveg.identity_source"]) == ("3", "86", "register")


def test_the_share_of_resolved_events_counts_what_concerns_terminals(make: Make) -> None:
    state = State()
    facts(
        state,
        make("ngap.ng_setup_request", **RAN),
        *session(make),
        uplink(make),
        uplink(make, "0x00000099", "10.45.9.9"),
    )
    assert (state.resolved, state.events) == (3, 4)
