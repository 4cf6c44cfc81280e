"""Facts about sessions, N3 and N4: each with what looks like it and is none."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.model.event import Event, PlainEvent, Value
from sentinel.site import SitePlan, Terminal
from sentinel.state import State
from tests.unit.state.conftest import Make, facts
from tests.unit.state.facts.test_facts import setup
from tests.unit.state.facts.test_n2 import OTHER, TO_OTHER, derived
from tests.unit.state.test_identity import AMF, CP, SUPI, UP, session, ue

NOON_UTC = 1_780_000_000 // 86400 * 86400 + 12 * 3600
UL, DL = "0x00000011", "0x00000001"
GNB, UPF = "10.11.3.101", "10.11.3.20"
N3 = {"fiveg__gtpu__outer__source__ip": GNB, "fiveg__gtpu__outer__destination__ip": UPF, "fiveg__gtpu__teid": UL}
DOWN = {"fiveg__gtpu__outer__source__ip": UPF, "fiveg__gtpu__outer__destination__ip": GNB, "fiveg__gtpu__teid": DL}


def n2(make: Make, ran: str = "1", at: float | None = None, **more: Any) -> list[PlainEvent]:
    """A registered terminal's context, and the PDU session procedure that goes with `session`."""
    return [
        ue("ngap.initial_ue_message", make, ran=ran, at=at),
        ue("nas.registration_request", make, ran=ran, at=at, fiveg__suci="a", fiveg__supi=SUPI),
        ue("ngap.pdu_session_resource_setup_request", make, ran=ran, amf="9", side=AMF, at=at, fiveg__pdu_session__id=1,
           fiveg__ngap__ul__address=UPF, fiveg__ngap__ul__teid=UL, fiveg__pdu_session__qfi=1, **more),
        ue("ngap.pdu_session_resource_setup_response", make, ran=ran, amf="9", at=at, fiveg__pdu_session__id=1,
           fiveg__ngap__dl__address=GNB, fiveg__ngap__dl__teid=DL),
    ]  # fmt: skip


def whole(make: Make) -> list[Event]:
    """Base station, session on N4 and on N2."""
    return [*setup(make, "10.11.2.101"), *session(make), *n2(make)]


def flow(make: Make, at: float | None = None, **more: Any) -> PlainEvent:
    up = {"source__ip": "10.45.0.2", "destination__ip": "10.11.6.80", **N3, **more}
    return make("flow.started", at=at, **up)


def downlink(make: Make, **more: Any) -> PlainEvent:
    return make("flow.started", **{"source__ip": "10.11.6.80", "destination__ip": "10.45.0.2", **DOWN, **more})


def registered(site: SitePlan, **row: str) -> SitePlan:
    return site.model_copy(update={"terminals": (Terminal(SUPI, **row),)})


SUSPICIOUS = (
    "fiveg.gtpu.wrong_peer", "fiveg.flow.source_spoofed", "fiveg.flow.destination_mismatch", "fiveg.gtpu.released_for",
    "fiveg.session.desync", "fiveg.gtpu.qfi_granted", "fiveg.gtpu.unlisted_peer", "fiveg.teid.duplicate",
    "fiveg.ue_ip.conflict", "fiveg.pfcp.outer_header_foreign", "fiveg.pfcp.outer_header_mismatch",
    "fiveg.pfcp.sequence_reused", "fiveg.pfcp.unsolicited",
)  # fmt: skip


def test_an_ordinary_session_and_its_traffic_are_nothing(make: Make, site: SitePlan) -> None:
    state = State(site)
    traffic = [flow(make), downlink(make), make("gtpu.tunnel_started", source__ip="10.45.0.2", **N3)]
    for added in facts(state, *whole(make), *traffic):
        assert not [name for name in SUSPICIOUS if name in added], added
        assert added.get("fiveg.teid_known") in (None, True)
    assert derived(state, make("pfcp.heartbeat_request", at=600, **CP)) == []


@pytest.mark.parametrize(
    ("row", "asked", "wrong"),
    [
        ({"dnns": "ot"}, {"fiveg__dnn": "ot"}, None),
        ({"dnns": "ot"}, {"fiveg__dnn": "internet"}, ("dnn",)),
        ({"slices": "1 2-0000a1"}, {"fiveg__snssai__sst": 2, "fiveg__snssai__sd": "0000a1"}, None),
        ({"slices": "1"}, {"fiveg__snssai__sst": 2, "fiveg__snssai__sd": "0000a1"}, ("slice",)),
        ({}, {"fiveg__dnn": "internet", "fiveg__snssai__sst": 9}, None),
    ],
)
def test_sessions_against_the_register(
    make: Make, site: SitePlan, row: dict[str, str], asked: dict[str, Value], wrong: tuple[str, ...] | None
) -> None:
    request = make("pfcp.session_establishment_request", **CP, fiveg__supi=SUPI, fiveg__pfcp__sequence=1, **asked)
    (judged,) = facts(State(registered(site, **row)), request)
    assert judged.get("fiveg.session.not_permitted") == wrong


def test_sessions_are_counted_once_though_n2_and_n4_tell_of_them(make: Make, site: SitePlan) -> None:
    state = State(registered(site, sessions="1"))
    counts = [(added["fiveg.session.count"], added["fiveg.session.excess"]) for added in facts(state, *whole(make)) if "fiveg.session.count" in added]  # fmt: skip
    assert counts == [(1, False), (1, False)]
    second = ue("nas.pdu_session_establishment_request", make, amf="9", fiveg__pdu_session__id=2)
    (added,) = facts(state, second)
    assert (added["fiveg.session.count"], added["fiveg.session.excess"]) == (2, True)


def test_another_type_of_session_is_new(make: Make, site: SitePlan) -> None:
    def ask(kind: str) -> PlainEvent:
        return make("pfcp.session_establishment_request", **CP, fiveg__supi=SUPI, fiveg__pdu_session__type=kind)

    first, again, other = facts(State(site), ask("ipv4"), ask("ipv4"), ask("ethernet"))
    assert "fiveg.session.type_new" not in first
    assert "fiveg.session.type_new" not in again
    assert other["fiveg.session.type_new"] is True
    planned, strange = facts(State(registered(site, pdu_types="ethernet")), ask("ethernet"), ask("ipv4"))
    assert (planned["fiveg.session.type_new"], strange["fiveg.session.type_new"]) == (False, True)


def test_a_flow_to_the_network_of_another_dnn(make: Make, site: SitePlan) -> None:
    plan = SitePlan.model_validate(
        {**site.model_dump(), "dnn_networks": {"ot": ["10.11.6.0/24", "10.11.9.0/24"], "internet": ["10.11.9.0/24", "10.11.7.0/24"]}}
    )  # fmt: skip
    state = State(plan)
    facts(state, *whole(make))
    own, shared, other = facts(
        state, *(flow(make, destination__ip=ip) for ip in ("10.11.6.80", "10.11.9.1", "10.11.7.1"))
    )
    assert "fiveg.flow.foreign_dnn" not in own
    assert "fiveg.flow.foreign_dnn" not in shared
    assert other["fiveg.flow.foreign_dnn"] == "internet"


def test_an_address_that_another_has_is_a_conflict(make: Make) -> None:
    taken, _ = session(make, "666")
    *_, judged = facts(State(), *session(make), taken)
    assert (judged["fiveg.ue_ip.conflict"], judged["fiveg.ue_ip.holder"]) == (True, SUPI)
    again, _ = session(make)
    *_, judged = facts(State(), *session(make), again)  # its own address, after a new registration
    assert "fiveg.ue_ip.conflict" not in judged
    gone = [make("pfcp.session_deletion_request", **CP, fiveg__pfcp__seid="0xb", fiveg__pfcp__sequence=8),
            make("pfcp.session_deletion_response", **UP, fiveg__pfcp__sequence=8, fiveg__pfcp__cause=1)]  # fmt: skip
    *_, judged = facts(State(), *session(make), *gone, taken)
    assert "fiveg.ue_ip.conflict" not in judged


def test_tunnels_that_nobody_told_of(make: Make, site: SitePlan) -> None:
    state = State(site)
    facts(state, *whole(make))
    unknown = make("gtpu.tunnel_started", at=20, source__ip="10.45.0.2", **{**N3, "fiveg__gtpu__teid": "0x00000666"})
    (made,) = derived(state, unknown, flow(make, at=23))
    assert (made["event.action"], made["fiveg.gtpu.teid"]) == ("gtpu.tunnel_unknown", "0x00000666")
    (later,) = facts(state, flow(make, at=24, fiveg__gtpu__teid="0x00000666"))
    assert later["fiveg.teid_known"] is False


def test_a_tunnel_that_is_told_of_within_two_seconds_is_known(make: Make, site: SitePlan) -> None:
    state = State(site)
    facts(state, *setup(make, "10.11.2.101"))
    early = make("gtpu.tunnel_started", at=10, source__ip="10.45.0.2", **N3)
    late = [make(e.kind, at=11, **{k.replace(".", "__"): v for k, v in e.fields.items() if k != "event.action"}) for e in session(make)]  # fmt: skip
    made = [each["event.action"] for each in derived(state, early, *late, flow(make, at=30))]
    assert "gtpu.tunnel_unknown" not in made


def test_tunnels_may_be_older_than_the_monitor(make: Make, site: SitePlan) -> None:
    """Its base station did not set up since: its sessions may have begun before."""
    state = State(site)
    assert derived(state, make("gtpu.tunnel_started", at=10, **N3), flow(make, at=20)) == []
    stranger = make("gtpu.tunnel_started", at=30, **{**N3, "fiveg__gtpu__outer__source__ip": "10.11.3.66"})
    assert [each["event.action"] for each in derived(state, stranger, flow(make, at=40))] == ["gtpu.tunnel_unknown"]
    old = make("gtpu.tunnel_started", at=700, **{**N3, "fiveg__gtpu__teid": "0x00000777"})
    assert [each["event.action"] for each in derived(state, old, flow(make, at=710))] == ["gtpu.tunnel_unknown"]


def test_peers_that_are_no_upf_and_no_gnb(make: Make, site: SitePlan) -> None:
    own, stranger, echo = facts(
        State(site), make("gtpu.tunnel_started", **N3),
        make("gtpu.tunnel_started", **{**N3, "fiveg__gtpu__outer__source__ip": "10.11.3.66"}),
        make("gtpu.echo_request", source__ip="10.11.3.66", destination__ip=UPF),
    )  # fmt: skip
    assert own["fiveg.gtpu.peer_registered"] is True
    assert stranger["fiveg.gtpu.unlisted_peer"] == echo["fiveg.gtpu.unlisted_peer"] == "10.11.3.66"
    (learning,) = facts(State(), make("gtpu.echo_request", source__ip="10.11.3.66", destination__ip=UPF))
    assert "fiveg.gtpu.peer_registered" not in learning


def test_a_valid_tunnel_from_the_wrong_end(make: Make, site: SitePlan) -> None:
    state = State(site)
    facts(state, *whole(make))
    reflected, other_upf = facts(
        state, flow(make, fiveg__gtpu__outer__source__ip="10.11.3.66"),
        downlink(make, fiveg__gtpu__outer__source__ip="10.11.3.21"),
    )  # fmt: skip
    assert (reflected["fiveg.gtpu.wrong_peer"], reflected["fiveg.gtpu.expected_peer"]) == (True, GNB)
    assert (other_upf["fiveg.gtpu.wrong_peer"], other_upf["fiveg.gtpu.expected_peer"]) == (True, UPF)


def test_both_ends_are_right_for_two_seconds_around_a_path_switch(make: Make) -> None:
    state = State()
    there = {"fiveg__ngap__dl__address": "10.11.3.102", "fiveg__ngap__dl__teid": "0x00000002"}
    facts(
        state, *whole(make), *setup(make, "10.11.2.102", "2"),
        ue("ngap.path_switch_request", make, ran="7", amf="9", side=OTHER, at=20, fiveg__pdu_session__id=1, **there),
        ue("ngap.path_switch_request_acknowledge", make, ran="7", amf="9", side=TO_OTHER, at=20),
    )  # fmt: skip
    old, new, late = facts(
        state, flow(make, at=21.5), flow(make, at=21.5, fiveg__gtpu__outer__source__ip="10.11.3.102"), flow(make, at=23)
    )
    assert "fiveg.gtpu.wrong_peer" not in old
    assert "fiveg.gtpu.wrong_peer" not in new
    assert late["fiveg.gtpu.wrong_peer"] is True


@pytest.mark.parametrize(
    ("source", "spoofed"),
    [("10.45.0.2", False), ("198.51.100.9", True), ("0.0.0.0", False), ("192.168.7.9", False), ("2001:db8:5::9", True)],
)
def test_uplink_sources(make: Make, site: SitePlan, source: str, spoofed: bool) -> None:
    state = State(site)
    asked, answered = session(make)
    framed = make(asked.kind, **{k.replace(".", "__"): v for k, v in asked.fields.items() if k != "event.action"},
                  fiveg__pdu_session__framed_route="192.168.7.0/24")  # fmt: skip
    *_, judged = facts(state, framed, answered, *n2(make), flow(make, source__ip=source))
    assert judged.get("fiveg.flow.source_spoofed", False) is spoofed


@pytest.mark.parametrize(("own", "source", "spoofed"), [
    ("2001:db8::2", "2001:db8::abcd", False), ("2001:db8::2", "2001:db8:0:1::1", True), ("2001:db8::2", "fe80::1", False),
])  # fmt: skip
def test_uplink_sources_of_a_prefix(make: Make, own: str, source: str, spoofed: bool) -> None:
    *_, judged = facts(State(), *session(make, ip=own), *n2(make), flow(make, source__ip=source))
    assert judged.get("fiveg.flow.source_spoofed", False) is spoofed


def test_downlink_destinations(make: Make) -> None:
    state = State()
    facts(state, *whole(make))
    own, other, multicast = facts(
        state, *(downlink(make, destination__ip=ip) for ip in ("10.45.0.2", "10.45.0.9", "224.0.0.5"))
    )
    assert other["fiveg.flow.destination_mismatch"] is True
    assert "fiveg.flow.destination_mismatch" not in own
    assert "fiveg.flow.destination_mismatch" not in multicast


def test_qos_flows_that_were_never_granted(make: Make) -> None:
    state = State()
    facts(state, *whole(make))
    soon, own, other = facts(
        state, flow(make, at=9.5, fiveg__gtpu__qfi=9), flow(make, at=20, fiveg__gtpu__qfi=1), flow(make, at=20, fiveg__gtpu__qfi=9)
    )  # fmt: skip
    assert "fiveg.gtpu.qfi_granted" not in soon  # it may have been granted a moment ago
    assert "fiveg.gtpu.qfi_granted" not in own
    assert other["fiveg.gtpu.qfi_granted"] is False


RELEASED: list[Any] = [
    lambda make: [ue("ngap.pdu_session_resource_release_command", make, amf="9", side=AMF, at=20, fiveg__pdu_session__id=1)],
    lambda make: [ue("ngap.ue_context_release_complete", make, amf="9", at=20)],
    lambda make: [make("pfcp.session_deletion_request", at=20, **CP, fiveg__pfcp__seid="0xb", fiveg__pfcp__sequence=8),
                  make("pfcp.session_deletion_response", at=20, **UP, fiveg__pfcp__sequence=8, fiveg__pfcp__cause=1)],
]  # fmt: skip


@pytest.mark.parametrize("release", RELEASED)
def test_traffic_after_a_release(make: Make, release: Any) -> None:
    state = State()
    facts(state, *whole(make), *release(make))
    soon, late = facts(state, flow(make, at=25), make("flow.updated", at=27, **N3))
    assert "fiveg.gtpu.released_for" not in soon
    assert late["fiveg.gtpu.released_for"] == 7
    assert late.get("fiveg.session.desync") == ("deleted_on_n4" if len(release(make)) == 2 else None)


def test_an_idle_terminal_that_comes_back_is_not_released(make: Make) -> None:
    state = State()
    facts(state, *whole(make), ue("ngap.ue_context_release_complete", make, amf="9", at=20), *n2(make, "2", at=30))
    (judged,) = facts(state, flow(make, at=40))
    assert "fiveg.gtpu.released_for" not in judged


def test_error_indications(make: Make) -> None:
    state = State()
    facts(state, *whole(make))
    say = {"fiveg__gtpu__peer": UPF, "fiveg__gtpu__teid": UL, "destination__ip": GNB}
    forged, real, unknown = facts(
        state, make("gtpu.error_indication", source__ip="10.11.3.66", **say),
        make("gtpu.error_indication", source__ip=UPF, **say),
        make("gtpu.error_indication", source__ip="10.11.3.66", **{**say, "fiveg__gtpu__teid": "0x00000999"}),
    )  # fmt: skip
    assert forged["fiveg.gtpu.error_foreign"] is True
    assert (real["fiveg.gtpu.error_live"], "fiveg.gtpu.error_foreign" in real) == (True, False)
    assert "fiveg.gtpu.error_foreign" not in unknown


def test_restart_counters(make: Make) -> None:
    def echo(counter: int) -> PlainEvent:
        return make("gtpu.echo_response", source__ip=UPF, destination__ip=GNB, fiveg__gtpu__restart_counter=counter)

    first, same, other = facts(State(), echo(3), echo(3), echo(4))
    assert "fiveg.gtpu.recovery_changed" not in first
    assert "fiveg.gtpu.recovery_changed" not in same
    assert other["fiveg.gtpu.recovery_changed"] is True


def test_end_markers_need_a_move(make: Make) -> None:
    state = State()
    facts(state, *whole(make))
    marker = {"source__ip": UPF, "destination__ip": GNB, "fiveg__gtpu__teid": DL}
    (without,) = facts(state, make("gtpu.end_marker", at=60, **marker))
    assert without["fiveg.gtpu.handover_recent"] is False
    facts(
        state, *setup(make, "10.11.2.102", "2"),
        ue("ngap.path_switch_request", make, ran="7", amf="9", side=OTHER, at=70, fiveg__pdu_session__id=1,
           fiveg__ngap__dl__address="10.11.3.102", fiveg__ngap__dl__teid="0x00000002"),
        ue("ngap.path_switch_request_acknowledge", make, ran="7", amf="9", side=TO_OTHER, at=70),
    )  # fmt: skip
    (after,) = facts(state, make("gtpu.end_marker", at=71, **marker))
    assert after["fiveg.gtpu.handover_recent"] is True


def test_a_tunnel_end_that_another_live_session_has(make: Make) -> None:
    _, twice = session(make, "2", "10.45.0.3")
    asked = make("pfcp.session_establishment_request", **CP, fiveg__supi="2", fiveg__pfcp__sequence=7,
                 fiveg__pfcp__f_seid__seid="0xd")  # fmt: skip
    state = State()
    facts(state, *whole(make), asked)
    (judged,) = facts(state, twice)
    assert judged["fiveg.teid.duplicate"] is True
    state = State()
    facts(state, *whole(make), *RELEASED[2](make), asked)
    (judged,) = facts(state, twice)
    assert "fiveg.teid.duplicate" not in judged


def test_teids_with_the_same_step(make: Make) -> None:
    def answer(teid: int) -> PlainEvent:
        return make("pfcp.session_establishment_response", **UP, fiveg__pfcp__f_teid__address=UPF,
                    fiveg__pfcp__f_teid__teid=f"0x{teid:08x}")  # fmt: skip

    runs = facts(State(), *(answer(teid) for teid in (10, 14, 18, 22, 99, 22)))
    assert [added.get("fiveg.teid.stride_run") for added in runs] == [None, None, 2, 3, None, None]


def test_clear_traffic_on_untrusted_segments(make: Make, site: SitePlan) -> None:
    plan = SitePlan.model_validate({**site.model_dump(), "untrusted_networks": ["10.11.2.0/24"]})
    (_, asked, _), (tunnel,) = (
        facts(State(plan), *setup(make, "10.11.2.101")), facts(State(plan), make("gtpu.tunnel_started", **N3))
    )  # fmt: skip
    assert (asked["fiveg.segment.untrusted"], tunnel["fiveg.segment.untrusted"]) == (True, False)


def test_a_session_that_n2_knows_nothing_of(make: Make, site: SitePlan) -> None:
    later = make("sctp.heartbeat", at=20, **AMF)
    (made,) = derived(State(site), *setup(make, "10.11.2.101"), *session(make), later)
    assert (made["event.action"], made["fiveg.supi"]) == ("pfcp.session_orphaned", SUPI)
    assert derived(State(site), *whole(make), later) == []
    assert derived(State(site), *session(make), later) == []  # N2 is not heard at all


def test_association_set_up(make: Make, site: SitePlan) -> None:
    def ask(node: str, source: str = "10.11.4.30", at: float | None = None) -> list[PlainEvent]:
        ends: dict[str, Any] = {"source__ip": source, "destination__ip": "10.11.4.20", "fiveg__pfcp__sequence": 1}
        return [make("pfcp.association_setup_request", at=at, **ends, fiveg__pfcp__node_id=node),
                make("pfcp.association_setup_response", at=at, source__ip="10.11.4.20", destination__ip=source,
                     fiveg__pfcp__sequence=1, fiveg__pfcp__cause=1)]  # fmt: skip

    state = State(site)
    first, _, moved, _, strange, _, late, _ = facts(
        state, *ask("10.11.4.30", at=1), *ask("10.11.4.30", "10.11.4.99", at=2), *ask("evil", "10.11.4.99", at=3),
        *ask("10.11.4.30", at=200),
    )  # fmt: skip
    assert (first["fiveg.pfcp.node_known"], first["fiveg.pfcp.node_moved"]) == (True, False)
    assert "fiveg.pfcp.association_alive" not in first
    assert (moved["fiveg.pfcp.node_moved"], moved["fiveg.pfcp.association_alive"]) == (True, True)
    assert strange["fiveg.pfcp.node_known"] is False
    assert late["fiveg.pfcp.association_alive"] is False


def test_deletions_with_and_without_n2(make: Make) -> None:
    state = State()
    facts(state, *whole(make))
    (alone,) = facts(state, make("pfcp.session_deletion_request", at=60, **CP, fiveg__pfcp__seid="0xb"))
    assert (alone["fiveg.pfcp.n2_release"], alone["fiveg.pfcp.live_sessions"]) == (False, 1)
    facts(state, ue("ngap.uplink_nas_transport", make, amf="9", at=70))
    (joint,) = facts(state, make("pfcp.session_deletion_request", at=71, **CP, fiveg__pfcp__seid="0xb"))
    assert joint["fiveg.pfcp.n2_release"] is True


def test_dropping_the_traffic_of_a_connected_terminal(make: Make) -> None:
    def change(at: float, action: str) -> PlainEvent:
        return make("pfcp.session_modification_request", at=at, **CP, fiveg__pfcp__seid="0xb",
                    fiveg__pfcp__far__apply_action=action)  # fmt: skip

    state = State()
    facts(state, *whole(make))
    forward, drop = facts(state, change(60, "forw"), change(61, "drop"))
    assert "fiveg.pfcp.drop_active" not in forward
    assert drop["fiveg.pfcp.drop_active"] is True
    facts(state, ue("ngap.ue_context_release_complete", make, amf="9", at=70))
    (idle,) = facts(state, change(80, "drop"))
    assert idle["fiveg.pfcp.drop_active"] is False


def redirect(make: Make, address: str, teid: str, at: float) -> PlainEvent:
    return make("pfcp.session_modification_request", at=at, **CP, fiveg__pfcp__seid="0xb",
                fiveg__pfcp__outer_header__address=address, fiveg__pfcp__outer_header__teid=teid)  # fmt: skip


def test_redirected_traffic(make: Make, site: SitePlan) -> None:
    state = State(site)
    facts(state, *whole(make))
    own, other, foreign, core = facts(
        state, redirect(make, GNB, DL, 60), redirect(make, GNB, "0x00000099", 61), redirect(make, "10.11.3.66", "0x1", 62),
        redirect(make, "10.11.4.30", "0x2", 63),
    )  # fmt: skip
    assert "fiveg.pfcp.outer_header_mismatch" not in own
    assert (other["fiveg.pfcp.outer_header_mismatch"], "fiveg.pfcp.outer_header_foreign" in other) == (True, False)
    assert foreign["fiveg.pfcp.outer_header_foreign"] == ("10.11.3.66",)
    assert "fiveg.pfcp.outer_header_foreign" not in core  # buffered packets go to the SMF
    assert "fiveg.pfcp.outer_header_mismatch" not in core


def test_while_n2_is_busy_a_redirect_is_judged_two_seconds_later(make: Make, site: SitePlan) -> None:
    late = make("pfcp.heartbeat_request", at=70, **CP)
    state = State(site)
    facts(state, *whole(make), ue("ngap.uplink_nas_transport", make, amf="9", at=59.5))
    made = derived(state, redirect(make, GNB, "0x00000099", 60), late)
    assert [each["event.action"] for each in made] == ["pfcp.redirect_unmatched"]
    state = State(site)
    moved = ue("ngap.pdu_session_resource_modify_indication", make, amf="9", at=60.5, fiveg__pdu_session__id=1,
               fiveg__ngap__dl__address=GNB, fiveg__ngap__dl__teid="0x00000099")  # fmt: skip
    facts(state, *whole(make), ue("ngap.uplink_nas_transport", make, amf="9", at=59.5))
    assert derived(state, redirect(make, GNB, "0x00000099", 60), moved, late) == []


def test_sequence_numbers_and_answers(make: Make) -> None:
    def ask(seid: str, at: float) -> PlainEvent:
        return make("pfcp.session_deletion_request", at=at, **CP, fiveg__pfcp__sequence=5, fiveg__pfcp__seid=seid)

    state = State()
    first, same, other, wrapped = facts(state, ask("0x1", 1), ask("0x1", 2), ask("0x2", 3), ask("0x3", 100))
    assert other["fiveg.pfcp.sequence_reused"] is True
    for fine in (first, same, wrapped):
        assert "fiveg.pfcp.sequence_reused" not in fine
    answer, alone = facts(
        state, *(make("pfcp.session_deletion_response", at=101, **UP, fiveg__pfcp__sequence=n) for n in (5, 77))
    )
    assert "fiveg.pfcp.unsolicited" not in answer
    assert alone["fiveg.pfcp.unsolicited"] is True
    (early,) = facts(State(), make("pfcp.session_deletion_response", at=1, **UP, fiveg__pfcp__sequence=77))
    assert "fiveg.pfcp.unsolicited" not in early


def test_heartbeats(make: Make) -> None:
    def beat(sequence: int, at: float, *, answered: bool, recovery: int = 1) -> list[PlainEvent]:
        asked = make("pfcp.heartbeat_request", at=at, **CP, fiveg__pfcp__sequence=sequence)
        answer = make(
            "pfcp.heartbeat_response", at=at, **UP, fiveg__pfcp__sequence=sequence, fiveg__pfcp__recovery_time=recovery
        )
        return [asked, answer] if answered else [asked]

    later = make("pfcp.heartbeat_request", at=100, **CP, fiveg__pfcp__sequence=99)
    lost = [event for n in range(4) for event in beat(n, 10 + 10 * n, answered=False)]
    assert [each["event.action"] for each in derived(State(), *lost, later)] == ["pfcp.heartbeat_lost"]
    gaps = [event for n in range(6) for event in beat(n, 10 + 10 * n, answered=n % 3 == 2)]
    assert derived(State(), *gaps, later) == []
    *_, same = facts(State(), *beat(1, 1, answered=True), *beat(2, 2, answered=True))
    assert "fiveg.pfcp.recovery_changed" not in same
    *_, other = facts(State(), *beat(1, 1, answered=True), *beat(2, 2, answered=True, recovery=9))
    assert other["fiveg.pfcp.recovery_changed"] is True


def test_what_a_upf_deletes_for_a_stranger_is_deleted(make: Make, site: SitePlan) -> None:
    state = State(site)
    rogue = {"source__ip": "10.11.4.99", "destination__ip": "10.11.4.20"}
    facts(
        state, *whole(make), make("pfcp.session_deletion_request", at=20, **rogue, fiveg__pfcp__seid="0xb", fiveg__pfcp__sequence=1),
        make("pfcp.session_deletion_response", at=20, source__ip="10.11.4.20", destination__ip="10.11.4.99",
             fiveg__pfcp__sequence=1, fiveg__pfcp__cause=1),
    )  # fmt: skip
    (judged,) = facts(state, flow(make, at=30))
    assert judged["fiveg.session.desync"] == "deleted_on_n4"
