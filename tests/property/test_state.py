"""Random events, sensible and hostile: State never raises, never exceeds its caps, and a restart changes nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.model.event import Event, PlainEvent, Value
from sentinel.site import SitePlan, Terminal
from sentinel.state import PLUGINS, State, snapshot
from sentinel.state.bounded import Bounded

SECOND = 10**9
SUPIS = ("999700000000001", "999700000000002", "001010000000003")
SITE = SitePlan.model_validate(
    {
        "site": "plant", "plmns": ["99970"], "tacs": ["1"], "slices": [{"sst": 1}], "ot_learning_hours": 0,
        "network_functions": [{"type": "amf", "name": "amf1", "n2": ["10.0.2.1"]},
                              {"type": "smf", "name": "smf1", "n4": ["10.0.4.1"]},
                              {"type": "upf", "name": "upf1", "n3": ["10.0.3.1"], "n4": ["10.0.4.2"]}],
        "gnbs": [{"id": "1", "n2": ["10.0.2.2"], "n3": ["10.0.3.2"]}], "dnn_networks": {"ot": ["10.0.6.0/24"]},
    }
).model_copy(update={"terminals": (Terminal(SUPIS[0], cells="0xa", hours="08:00-18:00", stationary="yes"),)})  # fmt: skip

KINDS = sorted(
    {kind for plugin in PLUGINS for kind in plugin.kinds if not kind.endswith("*")}
    | {"ngap.ue_context_release_complete", "ngap.downlink_nas_transport", "nas.registration_accept", "nas.protected",
       "nas.authentication_request", "nas.authentication_response", "nas.security_mode_reject", "sctp.init_ack",
       "pfcp.heartbeat_request", "pfcp.heartbeat_response", "pfcp.session_deletion_response", "modbus.read",
       "modbus.write", "mqtt.publish", "gtpu.echo_request", "flow.ended", "ngap.handover_request", "ngap.malformed"}
)  # fmt: skip
N2 = ("10.0.2.1", "10.0.2.2", "10.0.2.3")
N3 = ("10.0.3.1", "10.0.3.2", "10.0.3.3")
N4 = ("10.0.4.1", "10.0.4.2", "10.0.4.9")
UES = ("10.45.0.2", "10.45.0.3", "2001:db8::2", "not an address")
TEIDS = ("0x00000001", "0x00000002", "0x00000003")
SMALL = st.integers(0, 3)
FIELDS: dict[str, st.SearchStrategy[Value]] = {
    "fiveg.ran_ue_ngap_id": SMALL.map(str), "fiveg.amf_ue_ngap_id": SMALL.map(str), "fiveg.supi": st.sampled_from(SUPIS),
    "fiveg.suci": st.sampled_from(("suci-1-a", "suci-1-b")), "fiveg.suci.scheme": SMALL, "fiveg.tmsi": st.sampled_from(TEIDS),
    "fiveg.pei": st.sampled_from(("356938035643809", "8601230500000161", "0", "x")), "fiveg.nci": st.sampled_from(("0xa", "0xb")),
    "fiveg.nas.security_header": SMALL, "fiveg.nas.sequence": SMALL, "fiveg.nas.mac": st.sampled_from(("00000001", "zz", "ffffffffff")),
    "fiveg.gnb.id": SMALL.map(str), "fiveg.gnb.plmn": st.just("99970"), "fiveg.pdu_session.id": st.one_of(SMALL, st.just((1, 2))),
    "fiveg.ngap.pdu_type": st.sampled_from(("initiating_message", "successful_outcome")), "fiveg.ngap.procedure_code": SMALL,
    "fiveg.ngap.ul.address": st.sampled_from(N3), "fiveg.ngap.ul.teid": st.sampled_from(TEIDS),
    "fiveg.ngap.dl.address": st.sampled_from(N3), "fiveg.ngap.dl.teid": st.sampled_from(TEIDS),
    "fiveg.ngap.target_gnb_id": SMALL.map(str), "fiveg.ngap.reset_type": st.sampled_from(("ng_interface", "part_of_ng_interface")),
    "fiveg.ngap.reset.amf_ue_ngap_id": st.just(("1", "2")), "fiveg.pfcp.sequence": SMALL, "fiveg.pfcp.cause": st.sampled_from((1, 1, 64)),
    "fiveg.pfcp.seid": st.sampled_from(TEIDS), "fiveg.pfcp.f_seid.seid": st.sampled_from(TEIDS),
    "fiveg.pfcp.f_teid.address": st.sampled_from(N3), "fiveg.pfcp.f_teid.teid": st.sampled_from(TEIDS),
    "fiveg.pfcp.outer_header.address": st.sampled_from(N3), "fiveg.pfcp.outer_header.teid": st.sampled_from(TEIDS),
    "fiveg.pfcp.far.apply_action": st.sampled_from(("drop", "forw")), "fiveg.pfcp.node_id": st.sampled_from(N4),
    "fiveg.pfcp.recovery_time": SMALL, "fiveg.pdu_session.ue_ip": st.sampled_from(UES), "fiveg.dnn": st.sampled_from(("ot", "internet")),
    "fiveg.pdu_session.qfi": SMALL, "fiveg.gtpu.teid": st.sampled_from(TEIDS), "fiveg.gtpu.qfi": SMALL,
    "fiveg.gtpu.outer.source.ip": st.sampled_from(N3), "fiveg.gtpu.outer.destination.ip": st.sampled_from(N3),
    "fiveg.gtpu.peer": st.sampled_from(N3), "fiveg.gtpu.restart_counter": SMALL, "ot.direction": st.sampled_from(("request", "response")),
    "ot.function": st.sampled_from(("read", "write")), "ot.operation": st.sampled_from(("read", "write", "control")),
    "ot.register": st.sampled_from(("holding_register:1", "DB1")), "ot.value": st.sampled_from(("1", "nan", "x", ("1", "2"))),
    "mqtt.client_id": st.just("c"), "mqtt.topic": st.just("t"), "goose.gocb_ref": st.just("g"), "goose.st_num": SMALL, "goose.sq_num": SMALL,
}  # fmt: skip
ENDS = {"ngap": N2, "nas": N2, "sctp": N2, "pfcp": N4, "gtpu": N3}
WHAT = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 40),  # seconds since the last event
    st.booleans(),
    st.fixed_dictionaries({}, optional=FIELDS),
)


def events(drawn: list[tuple[str, int, bool, dict[str, Any]]]) -> list[Event]:
    """Events in time, between ends of their plane."""
    made: list[Event] = []
    time = 1_790_000_000 * SECOND
    for number, (kind, step, up, fields) in enumerate(drawn):
        time += step * SECOND
        ends = ENDS.get(kind.partition(".")[0], UES)
        source, destination = (ends[1 + number % 2], ends[0]) if up else (ends[0], ends[1 + number % 2])
        ports = {"source.port": 50000 if up else 38412, "destination.port": 38412 if up else 50000}
        flat = {"event.action": kind, "source.ip": source, "destination.ip": destination, **ports, **fields}
        made.append(PlainEvent(kind, time, f"{time:016x}-{number:016x}", "test", number, flat))
    return made


def said(state: State, given_events: list[Event]) -> list[tuple[str, dict[str, Value]]]:
    return [(each.id, dict(each.fields)) for event in given_events for each in state.take(event)]


@given(st.lists(WHAT, max_size=60), st.integers(0, 60), st.booleans())
@settings(max_examples=150)
def test_a_restart_in_the_middle_equals_no_restart(drawn: list[Any], at: int, planned: bool) -> None:
    given_events, site = events(drawn), SITE if planned else None
    whole = State(site)
    straight = said(whole, given_events)
    before, after = State(site), State(site)
    broken = said(before, given_events[:at])
    with tempfile.TemporaryDirectory() as folder:
        snapshot.save(Path(folder) / "state", before.state())
        found = snapshot.load(Path(folder) / "state")
    assert found is not None
    after.restore(found)
    assert broken + said(after, given_events[at:]) == straight
    assert (after.events, after.resolved, after.sizes()) == (whole.events, whole.resolved, whole.sizes())


@given(st.lists(WHAT, max_size=60), st.integers(1, 4))
@settings(max_examples=100)
def test_no_table_exceeds_its_cap(drawn: list[Any], cap: int) -> None:
    state = State(SITE)
    tables = [*state._world.tables.values(), *state._facts]
    for table in tables:
        for value in vars(table).values():
            if isinstance(value, Bounded):
                value.cap = cap
    state._world.deadlines.cap = cap
    for event in events(drawn):
        state.take(event)
        for table in tables:
            assert all(len(value) <= cap for value in vars(table).values() if isinstance(value, Bounded))
        assert len(state._world.deadlines) <= cap
