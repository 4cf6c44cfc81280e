"""What strangers say does not change what State believes of others."""

from __future__ import annotations

from sentinel.site import SitePlan
from sentinel.state import State
from sentinel.state.sessions import ACCEPTED
from tests.unit.state.conftest import Make, facts
from tests.unit.state.facts.test_facts import gnb, setup
from tests.unit.state.test_identity import AMF, RAN, SUPI, UP, session, ue, uplink

ROGUE = {**RAN, "source__ip": "10.11.2.150"}


def test_an_unanswered_session_takes_nobodys_address(make: Make) -> None:
    claim, _ = session(make, "666", "10.45.0.2")
    *_, flow = facts(State(), *session(make), claim, uplink(make, teid="0x00000099"))
    assert flow["fiveg.supi"] == SUPI


def test_a_stranger_to_the_register_is_not_learnt_from(make: Make, site: SitePlan) -> None:
    claim = make("pfcp.session_establishment_request", source__ip="10.11.4.99", destination__ip="10.11.4.20",
                 fiveg__supi="666", fiveg__pfcp__sequence=1, fiveg__pfcp__f_seid__seid="0x1",
                 fiveg__pdu_session__ue_ip="10.45.0.2")  # fmt: skip
    answer = make("pfcp.session_establishment_response", source__ip="10.11.4.20", destination__ip="10.11.4.99",
                  fiveg__pfcp__sequence=1, fiveg__pfcp__cause=ACCEPTED, fiveg__pfcp__f_seid__seid="0xb",
                  fiveg__pfcp__f_teid__address="10.11.3.20", fiveg__pfcp__f_teid__teid="0x00000011")  # fmt: skip
    *_, flow = facts(State(site), *session(make), claim, answer, uplink(make))
    assert flow["fiveg.supi"] == SUPI


def test_a_live_session_is_not_taken_over_by_another_creator(make: Make) -> None:
    claim = make("pfcp.session_establishment_request", source__ip="10.11.4.99", destination__ip="10.11.4.20",
                 fiveg__supi="666", fiveg__pfcp__sequence=1, fiveg__pfcp__f_seid__seid="0x1")  # fmt: skip
    answer = make("pfcp.session_establishment_response", **{**UP, "destination__ip": "10.11.4.99"},
                  fiveg__pfcp__sequence=1, fiveg__pfcp__cause=ACCEPTED, fiveg__pfcp__f_seid__seid="0xb")  # fmt: skip
    attack = make("pfcp.session_deletion_request", source__ip="10.11.4.99", destination__ip="10.11.4.20",
                  fiveg__pfcp__seid="0xb", fiveg__pfcp__sequence=2)  # fmt: skip
    *_, judged = facts(State(), *session(make), claim, answer, attack)
    assert (judged["fiveg.pfcp.foreign_peer"], judged["fiveg.supi"]) == (True, SUPI)


def known(make: Make, state: State) -> None:
    facts(
        state,
        ue("ngap.initial_ue_message", make),
        ue("nas.registration_request", make, fiveg__suci="a", fiveg__supi=SUPI),
        ue("ngap.downlink_nas_transport", make, amf="9", side=AMF),
    )


def test_a_rogue_gnb_that_quotes_an_amf_id_is_not_the_terminal(make: Make) -> None:
    state = State()
    known(make, state)
    (claimed,) = facts(state, ue("ngap.uplink_nas_transport", make, ran="7", amf="9", side=ROGUE))
    assert "fiveg.supi" not in claimed
    facts(state, ue("ngap.ue_context_release_complete", make, ran="7", amf="9", side=ROGUE))
    (later,) = facts(state, ue("nas.protected", make, amf="9"))
    assert later["fiveg.supi"] == SUPI


def test_the_amf_may_move_a_context_to_another_gnb(make: Make) -> None:
    state = State()
    known(make, state)
    there = {**AMF, "destination__ip": "10.11.2.102"}
    (moved,) = facts(state, ue("ngap.path_switch_request_acknowledge", make, ran="7", amf="9", side=there))
    (later,) = facts(state, ue("nas.protected", make, ran="7", amf="9", side={**RAN, "source__ip": "10.11.2.102"}))
    assert (moved["fiveg.supi"], later["fiveg.supi"]) == (SUPI, SUPI)


def test_a_forged_abort_does_not_end_an_association(make: Make, site: SitePlan) -> None:
    state = State(site)
    for event in setup(make, "10.11.2.101"):
        tagged = make(event.kind, **{k.replace(".", "__"): v for k, v in event.fields.items() if k != "event.action"},
                      fiveg__sctp__vtag="0x00000001")  # fmt: skip
        facts(state, tagged)
    facts(state, gnb("sctp.abort", make, "10.11.2.101", fiveg__sctp__vtag="0x00000666"))
    *_, answer = facts(state, *setup(make, "10.11.2.150"))
    assert answer["fiveg.gnb.id_conflict"] is True
    facts(state, gnb("sctp.abort", make, "10.11.2.101", fiveg__sctp__vtag="0x00000001"))
    facts(state, gnb("sctp.shutdown", make, "10.11.2.150"))
    *_, answer = facts(state, *setup(make, "10.11.2.151"))
    assert "fiveg.gnb.id_conflict" not in answer


def test_a_gnb_that_sends_from_the_ngap_port_is_still_the_gnb(make: Make) -> None:
    state = State()
    first = [gnb(e.kind, make, "10.11.2.101", 38412, fiveg__gnb__id="1") for e in setup(make, "10.11.2.101")]
    *_, asked, answer = facts(state, *first)
    assert asked["fiveg.gnb.address"] == answer["fiveg.gnb.address"] == "10.11.2.101"
    second = [gnb(e.kind, make, "10.11.2.150", 38412, fiveg__gnb__id="1") for e in setup(make, "10.11.2.150")]
    *_, answer = facts(state, *second)
    assert answer["fiveg.gnb.conflict_address"] == "10.11.2.101"


def test_a_concealed_terminal_has_a_subject_to_count_by(make: Make) -> None:
    first = ue("ngap.initial_ue_message", make)
    request = ue("nas.registration_request", make, fiveg__suci="suci-1-x")
    failure = ue("nas.authentication_failure", make)
    *_, counted = facts(State(), first, request, failure)
    assert counted["fiveg.ue.subject"] == "suci-1-x"
    (nameless,) = facts(State(), ue("nas.authentication_failure", make))
    assert nameless["fiveg.ue.subject"] == "1@10.11.2.101"
