"""What events are about, in the words of the ring."""

from __future__ import annotations

import pytest

from sentinel.errors import EvidenceError
from sentinel.evidence.subjects import flow, subjects, terminal
from sentinel.model.event import Value

_ENDS: dict[str, Value] = {
    "source.ip": "10.11.2.101", "source.port": 9487, "destination.ip": "10.11.2.10", "destination.port": 38412,
}  # fmt: skip


def test_the_narrowest_that_an_event_says() -> None:
    """An association carries everybody: it stands for an event only where nothing else does."""
    shared: dict[str, Value] = {**_ENDS, "network.transport": "sctp"}
    assert subjects({**shared, "fiveg.ran_ue_ngap_id": "7"}) == ["ran_ue_ngap_id:7@10.11.2.101,10.11.2.10"]
    assert subjects(shared) == ["flow:10.11.2.101:9487-10.11.2.10:38412"]
    user: dict[str, Value] = {
        **_ENDS,
        "network.transport": "tcp",
        "fiveg.gtpu.teid": "0x00000001",
        "fiveg.gtpu.outer.destination.ip": "10.11.3.20",
    }
    assert subjects(user) == ["teid:0x00000001@10.11.3.20", "flow:10.11.2.101:9487-10.11.2.10:38412"]
    assert subjects({"source.ip": "2001:db8::1"}) == ["address:2001:db8::1"]
    assert subjects({"fiveg.pfcp.f_teid.teid": ("0x1", "0x2", "0x1")}) == ["teid:0x1", "teid:0x2"]
    aligned: dict[str, Value] = {
        "fiveg.pfcp.f_teid.teid": ("0x1", "0x2"),
        "fiveg.pfcp.f_teid.address": ("10.0.0.1", "10.0.0.2"),
    }
    assert subjects(aligned) == ["teid:0x1@10.0.0.1", "teid:0x2@10.0.0.2"]
    assert subjects({"fiveg.pfcp.seid": "0x0000000000000000"}) == []
    assert subjects({}) == []


def test_a_terminal_is_known_by_its_addresses_too() -> None:
    """Its events' ends are not its own: those are of the core."""
    fields: dict[str, Value] = {**_ENDS, "fiveg.pdu_session.ue_ip": "10.45.0.2", "fiveg.pfcp.seid": "0x1"}
    assert terminal(fields) == ["seid:0x1@10.11.2.10", "address:10.45.0.2"]


def test_flows_as_people_write_them() -> None:
    """IPv6 in brackets; what is no flow is refused."""
    assert flow("10.45.0.2:1-10.11.6.5:502") == "flow:10.45.0.2:1-10.11.6.5:502"
    assert flow("[2001:db8::1]:1-[2001:db8::2]:2") == "flow:[2001:db8::1]:1-[2001:db8::2]:2"
    for text in ("", "10.45.0.2-10.11.6.5", "10.45.0.2:1", "a:1-b:2", "10.0.0.1:1-10.0.0.2:70000"):
        with pytest.raises(EvidenceError, match="is no flow"):
            flow(text)
