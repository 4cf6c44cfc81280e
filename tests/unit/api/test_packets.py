"""An alert's packets by the API: out of the ring with what is around them, or as the store kept them."""

from __future__ import annotations

import base64
import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from collectors._decode import Decoder
from sentinel.evidence.ring import Ring
from sentinel.model.alert import Alert, Evidence
from sentinel.model.capture import records
from sentinel.operations.doors import Parts
from tests.packets import RAW, down, ipv4, n4, udp, up
from tests.unit.conftest import START, a_rule, an_alert

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

SECOND = 1_000_000_000
QUERY = ipv4(17, "10.45.0.7", "10.11.6.5", udp(40_000, 9999, b"query"))


@pytest.fixture
def ringed(doors: Doors, tmp_path: Path) -> str:
    """An alert about a tunnel of which the ring has packets; its id."""
    ring = Ring(tmp_path / "evidence")
    writer = ring.writer("mirror0", patient=True)
    assert writer is not None
    packets = [
        (0, up(QUERY, 7)),
        (1, n4()),
        (2, up(QUERY, 8)),
        (3, up(QUERY, 7)),
        (4, down(QUERY, 7)),
        (60, up(QUERY, 7)),
    ]
    decoder = Decoder("mirror0", writer)
    events = decoder.decode([(START + seconds * SECOND, RAW, octets) for seconds, octets in packets])
    writer.close()
    event = next(event for event in events if event.kind == "gtpu.tunnel_started" and event.time == START)
    proof = Evidence(event.id, event.kind, event.time, event.source, event.packet)
    alert = Alert("ringed", a_rule(3), (), event.time, event.time, 1, {}, (proof,), an_alert(1).why)
    doors.store.add([event], [alert], [event])
    _mounted(doors).ring.folder = ring.folder
    return "ringed"


def _mounted(doors: Doors) -> Parts:
    mounted = next(route for route in doors.app.routes if isinstance(route, Mount) and route.name == "api")
    assert isinstance(mounted.app, FastAPI)
    parts: Parts = mounted.app.state.parts
    return parts


def test_the_packets_around_an_alert_are_its_tunnels(doors: Doors, ringed: str) -> None:
    """Within five seconds, of the same TEID of the same peer, not of others; the message itself is marked."""
    said = doors.program("auditor").get(f"alerts/{ringed}/packets").json()
    assert [(packet["source_number"], packet["proof"]) for packet in said["packets"]] == [
        (1, True),
        (4, False),
    ]
    assert said["packets"][0]["summary"] == "GTP-U 0x00000007: udp 10.45.0.7:40000 → 10.11.6.5:9999"
    assert {event["event.action"] for event in said["events"]} >= {"gtpu.tunnel_started", "flow.started"}
    assert (said["alert"], said["sources"], said["complete"]) == (ringed, ["mirror0"], True)


def test_the_capture_is_what_the_manifest_says(doors: Doors, ringed: str) -> None:
    """The same octets, and the digest in the header."""
    client = doors.program("auditor")
    said, answer = client.get(f"alerts/{ringed}/packets").json(), client.get(f"alerts/{ringed}/packets.pcapng")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="alert-rule-3-ringed.pcapng"'
    assert hashlib.sha256(answer.content).hexdigest() == said["sha256"]
    assert base64.b64encode(bytes.fromhex(said["sha256"])).decode() in answer.headers["Repr-Digest"]
    found = [record.frame.data for record in records(answer.content)]
    assert found == [up(QUERY, 7), up(QUERY, 7)]


def test_without_a_ring_the_frames_of_the_events_are_given(doors: Doors) -> None:
    """As the store kept them."""
    client = doors.program("auditor")
    said = client.get("alerts/alert-3/packets").json()
    assert [(packet["length"], packet["proof"]) for packet in said["packets"]] == [(60, True)]
    assert records(client.get("alerts/alert-3/packets.pcapng").content)[0].frame.data == bytes([3]) * 60
    for path in ("packets", "packets.pcapng", "packets/1/dissection"):
        assert client.get(f"alerts/none/{path}").status_code == 404


def test_who_may_not_see_packets_sees_no_dissection(doors: Doors) -> None:
    """Nobody without a role; the matrix of routes says the same of each."""
    assert doors.program().get("alerts/alert-3/packets").status_code == 401


@pytest.mark.tshark
def test_a_packet_is_dissected(doors: Doors, ringed: str) -> None:
    """By its number, and by its digest where the list may have changed."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    client = doors.program("auditor")
    digest = client.get(f"alerts/{ringed}/packets").json()["packets"][1]["sha256"]
    said = client.get(f"alerts/{ringed}/packets/2/dissection", params={"sha256": digest}).json()
    assert [protocol["name"] for protocol in said["protocols"]][:5] == ["frame", "raw", "ip", "udp", "gtp"]
    assert client.get(f"alerts/{ringed}/packets/1/dissection", params={"sha256": "0" * 64}).status_code == 409
    for number in (0, 4, -1):
        assert client.get(f"alerts/{ringed}/packets/{number}/dissection").status_code == 404


def test_without_tshark_the_answer_says_so(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """501, and what to install."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    answer = doors.program("auditor").get("alerts/alert-3/packets/1/dissection")
    assert answer.status_code == 501
    assert "tshark is not installed" in answer.text


@pytest.mark.parametrize("doors", ["sealed"], indirect=True)
def test_a_program_says_why_before_it_reads_packets_of_a_sealed_store(doors: Doors) -> None:
    client = doors.program("analyst")
    assert "say first why" in client.get("alerts/alert-3/packets").json()["detail"]
    assert client.post("alerts/alert-3/packets/reason", json={"reason": "x"}).status_code == 400
    assert client.post("alerts/alert-3/packets/reason", json={"reason": "case 7"}).status_code == 204
    assert client.get("alerts/alert-3/packets").status_code == 200
    assert doors.program("auditor").post("alerts/alert-3/packets/reason", json={"reason": "case 7"}).status_code == 403
