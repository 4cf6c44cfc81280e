"""Each fact: when it is said, when its opposite, and when nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.model.event import PlainEvent
from sentinel.site import Asset, SitePlan
from sentinel.state import FACTS, State
from sentinel.state.world import LEARNING
from tests.unit.state.conftest import SECOND, Make, facts
from tests.unit.state.test_identity import CP, UP, session

AMF = "10.11.2.10"


def gnb(kind: str, make: Make, address: str, port: int = 50000, at: float | None = None, **more: Any) -> PlainEvent:
    answer = kind.endswith(("response", "failure"))
    ends = [("source", address, port), ("destination", AMF, 38412)]
    sides = ("destination", "source") if answer else ("source", "destination")
    fields: dict[str, Any] = {}
    for side, (_, ip, number) in zip(sides, ends, strict=True):
        fields |= {f"{side}__ip": ip, f"{side}__port": number}
    return make(kind, at=at, **fields, **more)


def setup(
    make: Make, address: str, gnb_id: str = "1", plmn: str = "99970", at: float | None = None
) -> list[PlainEvent]:
    return [
        gnb("sctp.init", make, address, at=at),
        gnb("ngap.ng_setup_request", make, address, at=at, fiveg__gnb__id=gnb_id, fiveg__gnb__plmn=plmn),
        gnb("ngap.ng_setup_response", make, address, at=at),
    ]


@pytest.mark.parametrize(
    ("address", "gnb_id", "plmn", "registered"),
    [
        ("10.11.2.101", "1", "99970", True),
        ("10.11.2.111", "1", "99970", True),
        ("10.11.2.150", "1", "99970", False),
        ("10.11.2.101", "2", "99970", False),
        ("10.11.2.101", "1", "00101", False),
    ],
)
def test_gnb_registered(make: Make, site: SitePlan, address: str, gnb_id: str, plmn: str, registered: bool) -> None:
    _, asked, _ = facts(State(site), *setup(make, address, gnb_id, plmn))
    assert asked["fiveg.gnb.registered"] is registered


def test_gnb_registered_is_learnt_for_ten_minutes(make: Make) -> None:
    state, later = State(), LEARNING / SECOND + 10
    _, early, _ = facts(state, *setup(make, "10.0.0.1", at=1))
    assert "fiveg.gnb.registered" not in early
    _, known, _ = facts(state, *setup(make, "10.0.0.1", at=later))
    _, new, _ = facts(state, *setup(make, "10.0.0.2", "2", at=later))
    assert (known["fiveg.gnb.registered"], new["fiveg.gnb.registered"]) == (True, False)


def test_gnb_id_conflict(make: Make, site: SitePlan) -> None:
    *_, answer = facts(State(site), *setup(make, "10.11.2.101"), *setup(make, "10.11.2.150"))
    assert answer["fiveg.gnb.id_conflict"] is True
    assert answer["fiveg.gnb.conflict_address"] == "10.11.2.101"


def test_no_gnb_id_conflict_after_shutdown_nor_on_failover_nor_for_another_plmn(make: Make, site: SitePlan) -> None:
    ended = gnb("sctp.shutdown", make, "10.11.2.101")
    *_, answer = facts(State(site), *setup(make, "10.11.2.101"), ended, *setup(make, "10.11.2.150"))
    assert "fiveg.gnb.id_conflict" not in answer
    *_, answer = facts(State(site), *setup(make, "10.11.2.101"), *setup(make, "10.11.2.111"))
    assert "fiveg.gnb.id_conflict" not in answer
    *_, answer = facts(State(site), *setup(make, "10.11.2.101"), *setup(make, "10.11.2.150", plmn="00101"))
    assert "fiveg.gnb.id_conflict" not in answer


def test_ng_setup_repeated(make: Make) -> None:
    state = State()
    _, first, _ = facts(state, *setup(make, "10.11.2.101"))
    (second,) = facts(state, gnb("ngap.ng_setup_request", make, "10.11.2.101"))
    assert (first["fiveg.ngap.setup_repeated"], second["fiveg.ngap.setup_repeated"]) == (False, True)


@pytest.mark.parametrize(
    ("destination", "function"),
    [("10.11.2.10", "amf1"), ("10.11.5.9", "10.11.5.9"), ("10.11.6.80", None), ("192.0.2.1", None)],
)
def test_core_destination(make: Make, site: SitePlan, destination: str, function: str | None) -> None:
    listed = site.model_copy(update={"assets": (Asset("10.11.6.80"),)})
    flow = make("flow.started", source__ip="10.45.0.2", destination__ip=destination, fiveg__gtpu__pdu_type="ul")
    (added,) = facts(State(listed), flow)
    assert added["fiveg.flow.from_terminal"] is True
    assert added.get("fiveg.flow.core_function") == function


def test_the_core_may_talk_to_terminals(make: Make, site: SitePlan) -> None:
    flow = make("flow.started", source__ip="10.11.2.10", destination__ip="10.45.0.2", fiveg__gtpu__pdu_type="dl")
    unmarked = make("flow.started", source__ip="10.11.2.10", destination__ip="10.45.0.2")
    for added in facts(State(site), flow, unmarked):
        assert added["fiveg.flow.from_terminal"] is False


def test_core_destination_without_a_plan_is_what_was_seen(make: Make) -> None:
    flow = make("flow.started", source__ip="10.45.0.2", destination__ip=AMF, fiveg__gtpu__pdu_type="ul")
    state = State()
    (before,) = facts(state, flow)
    *_, after = facts(state, *setup(make, "10.11.2.101"), flow)
    assert ("fiveg.flow.core_function" in before, after["fiveg.flow.core_function"]) == (False, AMF)


def test_pfcp_peer(make: Make, site: SitePlan) -> None:
    rogue = make("pfcp.heartbeat_request", source__ip="10.11.4.99", destination__ip="10.11.4.20")
    answer = make("pfcp.heartbeat_response", source__ip="10.11.4.20", destination__ip="10.11.4.99")
    own = make("pfcp.heartbeat_request", **CP)
    first, second, third = facts(State(site), rogue, answer, own)
    assert first["fiveg.pfcp.unlisted_peer"] == second["fiveg.pfcp.unlisted_peer"] == "10.11.4.99"
    assert (first["fiveg.pfcp.peer_registered"], third["fiveg.pfcp.peer_registered"]) == (False, True)


def test_pfcp_creator(make: Make) -> None:
    change: dict[str, Any] = {"fiveg__pfcp__seid": "0xb", "fiveg__pfcp__sequence": 9}
    own = make("pfcp.session_modification_request", **CP, **change)
    foreign = make("pfcp.session_deletion_request", source__ip="10.11.4.99", destination__ip="10.11.4.20", **change)
    missed = make("pfcp.session_deletion_request", **CP | {"source__ip": "10.11.4.99"}, fiveg__pfcp__seid="0x1")
    *_, first, second, third = facts(State(), *session(make), own, foreign, missed)
    assert first["fiveg.pfcp.foreign_peer"] is False
    assert (second["fiveg.pfcp.foreign_peer"], second["fiveg.pfcp.creator"]) == (True, "10.11.4.30")
    assert "fiveg.pfcp.foreign_peer" not in third
    assert UP["source__ip"] == CP["destination__ip"]


def test_nas_cipher_downgrade(make: Make) -> None:
    def command(cipher: str) -> PlainEvent:
        return gnb("nas.security_mode_command", make, "10.11.2.101", fiveg__ran_ue_ngap_id="1", fiveg__supi="7",
                   fiveg__nas__cipher=cipher)  # fmt: skip

    first, second, third = facts(State(), command("NEA0"), command("NEA2"), command("NEA0"))
    assert "fiveg.nas.cipher_before" not in first
    assert "fiveg.nas.cipher_before" not in second
    assert third["fiveg.nas.cipher_before"] == "NEA2"


def test_every_fact_declares_the_fields_that_it_adds() -> None:
    for name in ("fiveg.gnb.registered", "fiveg.flow.core_function", "fiveg.pfcp.creator", "fiveg.identity_source"):
        assert name in FACTS
        assert FACTS[name].en
        assert FACTS[name].zh
