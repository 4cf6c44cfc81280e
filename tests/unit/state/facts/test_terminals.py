"""Facts about terminals, their places and hours, and about the monitor itself."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.model.event import Event, PlainEvent, Value
from sentinel.site import Cell, SitePlan, Terminal
from sentinel.state import State
from sentinel.state.facts.device import invalid
from tests.unit.state.conftest import Make, facts
from tests.unit.state.facts.test_facts import gnb, setup
from tests.unit.state.facts.test_n2 import OTHER, derived
from tests.unit.state.facts.test_n3n4 import NOON_UTC, flow, whole
from tests.unit.state.facts.test_ot import ot
from tests.unit.state.test_identity import CP, RAN, SUPI, UP, session, ue

DAY = 24 * 3600
IMEI = "356938035643809"
UE_IP = "10.45.0.2"


def plan(site: SitePlan, *rows: Terminal, **more: Any) -> SitePlan:
    return site.model_copy(update={"terminals": rows, **more})


def register(
    make: Make, supi: str = SUPI, ran: str = "1", at: float | None = None, side: dict[str, Any] = RAN, **more: Any
) -> PlainEvent:
    where: dict[str, Any] = {
        **side,
        "fiveg__ran_ue_ngap_id": ran,
        "fiveg__supi": supi,
        "fiveg__suci": f"suci-{supi}",
        **more,
    }
    return make("nas.registration_request", at=at, **where)


def test_who_is_in_the_register(make: Make, site: SitePlan) -> None:
    state = State(plan(site, Terminal(SUPI, group="agv", criticality="high")))
    known, unknown, foreign = facts(
        state, register(make), register(make, "999700000000666", "2"), register(make, "001010000000001", "3")
    )
    assert (known["fiveg.terminal.registered"], known["fiveg.terminal.group"]) == (True, "agv")
    assert known["fiveg.terminal.criticality"] == "high"
    assert (unknown["fiveg.terminal.registered"], "fiveg.terminal.foreign_plmn" in unknown) == (False, False)
    assert foreign["fiveg.terminal.foreign_plmn"] is True
    (none,) = facts(State(site), register(make))
    assert "fiveg.terminal.registered" not in none  # the plan has no register


def test_flows_and_commands_carry_the_row(make: Make, site: SitePlan) -> None:
    state = State(plan(site, Terminal(SUPI, criticality="critical", hours="08:00-18:00", until="2020-01-01")))
    facts(state, *whole(make))
    packet, command = facts(state, flow(make, at=NOON_UTC), ot(make, at=NOON_UTC))
    assert packet["fiveg.terminal.criticality"] == command["fiveg.terminal.criticality"] == "critical"
    assert packet["fiveg.terminal.permit_expired"] is True
    assert (command["fiveg.terminal.off_hours"], "fiveg.terminal.off_hours" in packet) == (True, False)


@pytest.mark.parametrize(
    ("row", "nci", "permitted"),
    [({"cells": "0x000000011 0x000000021"}, "0x000000021", True), ({"cells": "0x000000011"}, "0x000000021", False),
     ({}, "0x000000021", None)],
)  # fmt: skip
def test_cells(make: Make, site: SitePlan, row: dict[str, str], nci: str, permitted: bool | None) -> None:
    (judged,) = facts(State(plan(site, Terminal(SUPI, **row))), register(make, fiveg__nci=nci))
    assert judged.get("fiveg.terminal.cell_permitted") is permitted


@pytest.mark.parametrize(("seconds", "travel"), [(10, True), (200, None)])
def test_travel(make: Make, site: SitePlan, seconds: float, travel: bool | None) -> None:
    cells = (
        Cell(nci="0x000000011", x=0, y=0, reach=500),
        Cell(nci="0x000000021", x=3000, y=4000, reach=500),
        Cell(nci="0x000000031", x=900, y=0, reach=500),
    )
    state = State(plan(site, cells=cells))
    _, near, far = facts(
        state, register(make, at=1, fiveg__nci="0x000000011"), register(make, ran="2", at=2, fiveg__nci="0x000000031"),
        register(make, ran="3", at=2 + seconds, fiveg__nci="0x000000021"),
    )  # fmt: skip
    assert "fiveg.ue.travel" not in near  # their coverage overlaps
    assert far["fiveg.ue.nci_before"] == "0x000000031"
    assert far.get("fiveg.ue.travel") is travel


def test_a_stationary_terminal_that_stays_elsewhere(make: Make, site: SitePlan) -> None:
    def moves(stationary: str, *at: tuple[float, str]) -> list[dict[str, Value]]:
        state = State(plan(site, Terminal(SUPI, stationary=stationary)))
        seen = [register(make, ran=str(number), at=when, fiveg__nci=nci) for number, (when, nci) in enumerate(at)]
        return derived(state, *seen, make("sctp.heartbeat", at=1000, **RAN))

    (made,) = moves("yes", (1, "0xa"), (10, "0xb"))
    assert (made["event.action"], made["fiveg.nci"], made["fiveg.ue.nci_before"]) == ("terminal.moved", "0xb", "0xa")
    assert moves("yes", (1, "0xa"), (10, "0xb"), (100, "0xa")) == []
    assert moves("", (1, "0xa"), (10, "0xb")) == []


def test_another_device(make: Make, site: SitePlan) -> None:
    def here(pei: str, supi: str = SUPI) -> PlainEvent:
        return make("pfcp.session_establishment_request", **CP, fiveg__supi=supi, fiveg__pei=pei)

    (swapped,) = facts(State(plan(site, Terminal(SUPI, imei=IMEI))), here("8601230500000161"))
    assert (swapped["fiveg.pei.changed"], swapped["fiveg.pei.bound"]) == (True, IMEI)
    (own,) = facts(
        State(plan(site, Terminal(SUPI, imei=IMEI))), here(IMEI[:14] + "77")
    )  # the IMEISV of the same device
    assert "fiveg.pei.changed" not in own
    state = State(site)
    facts(state, *session(make))  # with a device of `35`
    asked, _ = session(make)
    again = make(asked.kind, **{k.replace(".", "__"): v for k, v in asked.fields.items() if k not in ("event.action", "fiveg.pei")}, fiveg__pei=IMEI)  # fmt: skip
    (other,) = facts(state, again)
    assert other["fiveg.pei.bound"] == "35"


def test_a_masked_device_identity(make: Make, site: SitePlan) -> None:
    def context(masked: str) -> dict[str, Value]:
        state = State(plan(site, Terminal(SUPI, imei="4370816125816151")))
        facts(state, ue("ngap.initial_ue_message", make), register(make))
        (judged,) = facts(state, ue("ngap.initial_context_setup_request", make, fiveg__ngap__masked_imeisv=masked))
        return judged

    assert "fiveg.pei.changed" not in context("0x4370816125ffff51")
    assert context("0x8601230500ffff51")["fiveg.pei.changed"] is True


def test_several_subscribers_in_one_device(make: Make, site: SitePlan) -> None:
    def seen(supi: str, at: float) -> list[PlainEvent]:
        return [
            ue("ngap.initial_ue_message", make, ran=supi, at=at),
            register(make, supi, supi, at),
            make("nas.security_mode_complete", at=at, **RAN, fiveg__ran_ue_ngap_id=supi, fiveg__pei=IMEI),
        ]

    state = State(site)
    *_, one = facts(state, *seen("1", 1))
    *_, two = facts(state, *seen("2", 100))
    *_, later = facts(state, *seen("3", 100 + 2 * DAY))
    assert [each.get("fiveg.pei.subscribers") for each in (one, two, later)] == [None, 2, None]


@pytest.mark.parametrize(
    ("pei", "why"),
    [(IMEI, ""), (IMEI[:14] + "0", ""), (IMEI[:14] + "5", "check_digit"), ("3569380356438012", ""), (IMEI[:14], "length"),
     ("0" * 15, "zero"), ("001017001234567", "test"), ("35693803564380x", "length")],
)  # fmt: skip
def test_device_identities(pei: str, why: str) -> None:
    assert invalid(pei) == why


def test_devices_of_the_plan(site: SitePlan) -> None:
    assert invalid(IMEI, site.model_copy(update={"device_tacs": ("35693803",)})) == ""
    assert invalid(IMEI, site.model_copy(update={"device_tacs": ("86012305",)})) == "not_allowed"
    assert invalid(IMEI[:14] + "12", site.model_copy(update={"barred_devices": (IMEI,)})) == "barred"


def two_places(make: Make, *between: Event, speaks: bool = True) -> list[Event]:
    """One SUPI registers at one base station, and ten seconds later at another."""
    last = [ue("ngap.uplink_nas_transport", make, at=30)] if speaks else []
    return [
        *setup(make, "10.11.2.101", at=1), *setup(make, "10.11.2.102", "2", at=1),
        ue("ngap.initial_ue_message", make, at=10), register(make, at=10), *between,
        ue("ngap.initial_ue_message", make, ran="2", side=OTHER, at=20), register(make, ran="2", side=OTHER, at=20), *last,
        gnb("sctp.heartbeat", make, "10.11.2.101", at=60),
    ]  # fmt: skip


def test_one_subscriber_in_two_places(make: Make) -> None:
    (made,) = derived(State(), *two_places(make))
    assert (made["event.action"], made["fiveg.supi.other_gnb"]) == ("terminal.concurrent", "10.11.2.101")
    assert made["fiveg.supi.other_heard"] is True
    (quiet,) = derived(State(), *two_places(make, speaks=False))
    assert quiet["fiveg.supi.other_heard"] is False


def test_a_context_that_is_ended_in_time_is_no_second_place(make: Make) -> None:
    ended = ue("ngap.ue_context_release_complete", make, at=40)
    events = two_places(make, speaks=False)
    assert derived(State(), *events[:-1], ended, events[-1]) == []
    assert derived(State(), *two_places(make, ue("ngap.ue_context_release_complete", make, at=15), speaks=False)) == []


def test_looks_and_names_that_change(make: Make) -> None:
    def look(kind: str, **more: Any) -> PlainEvent:
        return ue(kind, make, **more)

    state = State()
    facts(state, *whole(make))
    radio = [
        look("ngap.ue_radio_capability_info_indication", amf="9", fiveg__ngap__radio_capability=x)
        for x in ("a", "a", "b", "a")
    ]
    added = facts(state, *radio)
    assert [each.get("fiveg.ue.fingerprint_changed") for each in added] == [None, None, ("radio_capability",), None]
    called = facts(state, *(ot(make, "opcua.create_session", opcua__application_uri=uri) for uri in ("urn:a", "urn:b")))
    assert [each.get("fiveg.app.identity_changed") for each in called] == [None, ("opcua",)]
    (nobody,) = facts(State(), look("ngap.ue_radio_capability_info_indication", fiveg__ngap__radio_capability="a"))
    assert "fiveg.ue.fingerprint_changed" not in nobody


def test_a_terminal_that_was_away(make: Make) -> None:
    state = State()
    first, soon, late = facts(state, *(register(make, ran=str(at), at=at) for at in (1, DAY - 5, 32 * DAY)))
    assert "fiveg.supi.unseen_days" not in first
    assert "fiveg.supi.unseen_days" not in soon
    assert late["fiveg.supi.unseen_days"] == 31


def test_a_terminal_of_the_register_that_is_missed(make: Make, site: SitePlan) -> None:
    state = State(plan(site, Terminal(SUPI), Terminal("999700000000002"), missing_days=2))
    seen = [register(make, ran=str(at), at=at) for at in (1, DAY, 2 * DAY, 3 * DAY, 4 * DAY, 5 * DAY)]
    made = [each for each in derived(state, *seen) if each["event.action"] == "terminal.missing"]
    assert [each["fiveg.supi"] for each in made] == ["999700000000002"]


def beats(make: Make, first: int, end: int, *planes: str) -> list[PlainEvent]:
    found = []
    for at in range(first, end, 20):
        found += [make("sctp.heartbeat", at=at, **RAN)] if "N2" in planes else []
        found += [make("pfcp.heartbeat_request", at=at, **CP)] if "N4" in planes else []
    return found


def monitor(made: list[dict[str, Value]]) -> list[tuple[Value, Value]]:
    return [
        (each["event.action"], each["fiveg.monitor.plane"])
        for each in made
        if str(each["event.action"]).startswith("monitor.")
    ]


def test_a_plane_that_falls_silent_while_others_go_on(make: Make) -> None:
    state = State()
    made = derived(state, *beats(make, 0, 200, "N2", "N4"), *beats(make, 200, 500, "N4"))
    assert monitor(made) == [("monitor.blind", "N2")]
    assert monitor(derived(state, *beats(make, 500, 560, "N2", "N4"))) == [("monitor.sighted", "N2")]
    assert monitor(derived(state, *beats(make, 560, 900, "N2", "N4"))) == []


def test_silence_of_all_is_not_of_one(make: Make) -> None:
    assert monitor(derived(State(), *beats(make, 0, 200, "N2", "N4"), *beats(make, 4000, 4200, "N2", "N4"))) == []


def test_n3_may_be_silent_where_nobody_has_a_session(make: Make) -> None:
    packet = flow(make, at=1)
    assert monitor(derived(State(), packet, *beats(make, 20, 900, "N2", "N4"))) == []
    alive = [*session(make), packet]
    assert monitor(derived(State(), *alive, *beats(make, 20, 900, "N2", "N4"))) == [("monitor.blind", "N3")]


def test_identities_that_are_lost(make: Make) -> None:
    def begin(number: int, supi: str) -> list[PlainEvent]:
        more: dict[str, Any] = {"fiveg__supi": supi} if supi else {}
        seid = f"0x{number:x}"
        return [make("pfcp.session_establishment_request", **CP, fiveg__pfcp__sequence=number, fiveg__pfcp__f_seid__seid=seid, **more),
                make("pfcp.session_establishment_response", **UP, fiveg__pfcp__sequence=number, fiveg__pfcp__cause=1,
                     fiveg__pfcp__f_seid__seid=seid)]  # fmt: skip

    state = State()
    with_supi = [event for n in range(1, 101) for event in begin(n, f"99970{n}")]
    assert monitor(derived(state, *with_supi)) == []
    without = [event for n in range(101, 131) for event in begin(n, "")]
    (lost,) = [each for each in derived(state, *without) if each["event.action"] == "monitor.identity_lost"]
    assert (lost["fiveg.monitor.share_before"], lost["fiveg.monitor.share"]) == (99, 88)


def test_systems_and_names_behind_one_terminal_are_counted(make: Make) -> None:
    """Of a day, and what the terminal itself says: who asks it is another."""
    state = State()
    derived(state, *whole(make))

    def ask(agent: str, at: float, source: str = UE_IP) -> PlainEvent:
        return make("http.request", at, source__ip=source, destination__ip="10.11.6.80" if source == UE_IP else UE_IP,
                    user_agent__original=agent)  # fmt: skip

    said = facts(state, ask("x (Linux; Android 14)", 60), ask("x (Windows NT 10.0)", 70, source="10.11.6.9"),
                 ask("x (Windows NT 10.0)", 80), ask("curl/8", 90), ask("x (Mac OS X)", 80 + 86_401))  # fmt: skip
    assert [each.get("fiveg.ue.devices") for each in said] == [None, None, 2, None, None]
    assert said[2]["fiveg.ue.devices_by"] == "operating_system"
