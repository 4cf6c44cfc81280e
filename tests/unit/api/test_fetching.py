"""Packets that lie on a collector: asked for by a person, given by the collector, and shown like any other."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from collectors._decode import Decoder
from sentinel.audit.ledger import Wanted as Records
from sentinel.crypto.token import form_token
from sentinel.evidence.ring import Ring
from sentinel.evidence.wanted import answer, read
from sentinel.model.alert import Alert, Evidence
from sentinel.model.capture import records
from sentinel.model.event import PlainEvent
from sentinel.shipping.sender import repr_digest
from sentinel.store.base import Span
from tests.packets import RAW, ipv4, udp, up
from tests.unit.conftest import START, a_rule, an_alert

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.unit.conftest import Doors

SECOND = 1_000_000_000
QUERY = ipv4(17, "10.45.0.7", "10.11.6.5", udp(40_000, 9999, b"query"))
EN = {"Accept-Language": "en"}
PATH = "alerts/remote/packets"


@pytest.fixture
def collector(doors: Doors, tmp_path: Path) -> tuple[TestClient, Ring]:
    """A collector with a ring, and an alert (`remote`) about an event that it shipped."""
    ring = Ring(tmp_path / "collector")
    writer = ring.writer("eth1", patient=True)
    assert writer is not None
    packets = [(START + number * SECOND, RAW, up(QUERY, 7)) for number in (0, 1, 3, 60)]
    [event] = [event for event in Decoder("eth1", writer).decode(packets) if event.kind == "gtpu.tunnel_started"]
    writer.close()
    shipped = PlainEvent(event.kind, event.time, event.id, "tap1:eth1", event.packet, dict(event.fields), event.frames)
    proof = Evidence(shipped.id, shipped.kind, shipped.time, shipped.source, shipped.packet)
    alert = Alert("remote", a_rule(3), (), event.time, event.time, 1, {}, (proof,), an_alert(1).why)
    doors.store.add([shipped], [alert], [shipped])
    client = doors.program()
    client.headers["Authorization"] = f"Bearer {doors.receiving.collectors.enrol('tap1', by='root')}"
    return client, ring


def give(client: TestClient, ring: Ring) -> list[int]:
    """What a collector does at its next report; the answers' statuses."""
    statuses = []
    for question in client.put("ingest/status", json={}).json()["cuts"]:
        octets, _, _ = answer(ring, read(question))
        headers = {"Repr-Digest": repr_digest(octets), "Sentinel-More": "false"}
        statuses.append(client.put(f"ingest/cuts/{question['id']}", content=octets, headers=headers).status_code)
    return statuses


def test_packets_come_from_the_collector_and_it_is_told_who_asked(
    doors: Doors, collector: tuple[TestClient, Ring]
) -> None:
    client, ring = collector
    person = doors.program("auditor")
    assert [each["state"] for each in person.get(f"{PATH}/collectors").json()] == ["there"]
    assert give(client, ring) == []  # nobody asked
    assert len(records(person.get(f"{PATH}.pcapng").content)) == 1
    answered = person.post(f"{PATH}/collectors")
    assert (answered.status_code, [each["state"] for each in answered.json()]) == (202, ["waiting"])
    assert give(client, ring) == [204]
    assert give(client, ring) == []
    [shown] = person.get(f"{PATH}/collectors").json()
    assert (shown["state"], shown["by"], shown["packets"], shown["complete"]) == ("came", "auditor1", 3, True)
    found = records(person.get(f"{PATH}.pcapng").content)
    assert [(record.frame.time - START) // SECOND for record in found] == [0, 1, 3]
    listed = person.get(PATH).json()
    assert [packet["proof"] for packet in listed["packets"]] == [True, False, False]
    assert "tap1" in listed["sources"]
    told = {str(row["event.action"]): row for row in doors.store.events("event.action:monitor.*", Span(), 10).rows}
    assert told["monitor.packets_asked"]["user.name"] == "auditor1"
    fetched = told["monitor.packets_fetched"]
    assert (fetched["observer.name"], fetched["fiveg.monitor.alert"]) == ("tap1", "remote")
    assert (fetched["fiveg.monitor.count"], fetched["file.hash.sha256"]) == (3, shown["sha256"])


@pytest.mark.parametrize("doors", ["sealed"], indirect=True)
def test_where_packets_are_shown_for_a_reason_they_are_asked_for_with_one(
    doors: Doors, collector: tuple[TestClient, Ring]
) -> None:
    """By program and by page; the reason is on record with the question."""
    client, ring = collector
    person = doors.program("analyst")
    assert person.post(f"{PATH}/collectors").status_code == 403
    form = {"csrf": form_token(doors.tokens["analyst"])}
    done = doors.browser("analyst").post("/alerts/remote/packets/fetch", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/alerts/remote/packets")
    assert give(client, ring) == []
    assert person.post(f"{PATH}/reason", json={"reason": "case 17"}).status_code == 204
    assert person.post(f"{PATH}/collectors").status_code == 202
    (entry,) = doors.ledger.page(Records(action="packets.asked"), 9).entries
    assert (entry.record.target, entry.record.details["reason"]) == ("tap1", "case 17")


def test_only_the_collector_that_is_meant_may_answer(doors: Doors, collector: tuple[TestClient, Ring]) -> None:
    client, ring = collector
    doors.program("analyst").post(f"{PATH}/collectors")
    [question] = client.put("ingest/status", json={}).json()["cuts"]
    octets, _, _ = answer(ring, read(question))
    path, right = f"ingest/cuts/{question['id']}", {"Repr-Digest": repr_digest(octets)}
    other = doors.program()
    other.headers["Authorization"] = f"Bearer {doors.receiving.collectors.enrol('tap2', by='root')}"
    assert other.put("ingest/status", json={}).json() == {"cuts": []}
    assert other.put(path, content=octets, headers=right).status_code == 400
    assert doors.program("administrator").put(path, content=octets, headers=right).status_code == 401
    assert client.put(path, content=octets, headers={"Repr-Digest": repr_digest(b"")}).status_code == 400
    assert client.put(path, content=octets).status_code == 400
    assert client.put(path, content=bytes(2 << 20), headers=right).status_code == 413
    assert client.put(path, content=octets, headers=right).status_code == 204


def test_an_alert_of_no_collector_has_none_to_ask(doors: Doors, collector: tuple[TestClient, Ring]) -> None:
    person = doors.program("analyst")
    assert person.get("alerts/alert-1/packets/collectors").json() == []
    assert person.post("alerts/alert-1/packets/collectors").status_code == 404
    doors.receiving.collectors.remove("tap1", by="root")
    assert person.post(f"{PATH}/collectors").status_code == 404


def said(doors: Doors, path: str = "/alerts/remote/packets", **headers: str) -> str:
    """The page of packets."""
    page: Any = doors.browser("analyst").get(path, headers={**EN, **headers})
    return str(page.text)


def test_the_page_says_where_they_lie_asks_waits_and_shows_them(
    doors: Doors, collector: tuple[TestClient, Ring]
) -> None:
    client, ring = collector
    before = said(doors)
    assert "was kept by the collector tap1" in before
    assert "sentinel evidence cut --data SPOOL --from 2026-09-21T14:13:15" in before
    assert 'hx-trigger="every 3s"' not in before
    form = {"csrf": form_token(doors.tokens["analyst"])}
    done = doors.browser("analyst").post("/alerts/remote/packets/fetch", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/alerts/remote#packets")
    waiting = said(doors, **{"HX-Request": "true"})
    assert "The collector tap1 was asked" in waiting
    assert 'hx-get="/alerts/remote/packets?poll=1" hx-trigger="every 3s"' in waiting
    give(client, ring)
    after = said(doors)
    assert "The collector tap1 gave 3 packets." in after
    assert "Asked for by analyst1" in after
    assert after.count('class="message-detail packet') == 3
    assert doors.browser("analyst").post("/alerts/remote/packets/fetch").status_code == 403  # without the form's token


def test_a_collector_that_does_not_answer_is_said(
    doors: Doors, collector: tuple[TestClient, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.program("analyst").post(f"{PATH}/collectors")
    monkeypatch.setattr(doors.receiving.requests, "_clock", lambda: time.time_ns() + 3600 * SECOND)
    assert "The collector tap1 did not answer." in said(doors)
