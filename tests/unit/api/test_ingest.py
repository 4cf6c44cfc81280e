"""Ingest: by a collector's token only; what is taken is on disk, once."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from sentinel.model.event import PlainEvent
from sentinel.operations.doors import CERTIFIED
from sentinel.shipping import wire
from sentinel.shipping.inbox import Boxes
from tests.unit.conftest import an_event

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have the successor of httpx, which is young
    from starlette.testclient import TestClient

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

SPOOL = "ab" * 16
[(BATCH, _)] = wire.encode([an_event(0), an_event(1)])


def collector(doors: Doors, token: str = "") -> TestClient:
    client = doors.program()
    client.headers["Authorization"] = f"Bearer {token or doors.receiving.collectors.enrol('tap1', by='root')}"
    return client


def headers(sequence: int = 1, spool: str = SPOOL) -> dict[str, str]:
    return {"Sentinel-Spool": spool, "Sentinel-Sequence": str(sequence)}


def test_a_batch_is_taken_once(doors: Doors, tmp_path: Path) -> None:
    client = collector(doors)
    assert client.post("ingest", content=BATCH, headers=headers()).json() == {"events": 2, "again": False}
    [box] = Boxes(tmp_path / "inbox").look()
    assert (box.collector, box.read()) == ("tap1", (1, BATCH))
    assert client.post("ingest", content=BATCH, headers=headers()).json() == {"events": 2, "again": True}
    assert box.read() is None


def test_a_collectors_token_opens_nothing_else(doors: Doors) -> None:
    client = collector(doors)
    for path in ("alerts", "events", "status", "users", "session", "rules"):
        assert client.get(path).status_code == 401, path
    assert client.post("users", json={}).status_code == 401


@pytest.mark.parametrize("role", ["administrator", "analyst", "auditor"])
def test_nothing_else_opens_ingest(doors: Doors, role: str, tmp_path: Path) -> None:
    answer = doors.program(role).post("ingest", content=BATCH, headers=headers())
    assert answer.status_code == 401
    assert doors.program().put("ingest/status", json={}).status_code == 401
    assert not (tmp_path / "inbox").exists()


def test_a_removed_collector_is_shut_out(doors: Doors) -> None:
    client = collector(doors)
    doors.receiving.collectors.remove("tap1", by="root")
    assert client.post("ingest", content=BATCH, headers=headers()).status_code == 401


@pytest.mark.parametrize(
    ("content", "sent", "says"),
    [
        (b"nothing", headers(), "this is no gzip"),
        (BATCH, headers(0), "form"),
        (BATCH, headers(1, "../x"), "spool"),
        (BATCH, {"Sentinel-Spool": SPOOL}, "form"),
    ],
)
def test_what_is_no_batch_is_refused(
    doors: Doors, tmp_path: Path, content: bytes, sent: dict[str, str], says: str
) -> None:
    answer = collector(doors).post("ingest", content=content, headers=sent)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert not list((tmp_path / "inbox").rglob("*.records"))


@pytest.mark.parametrize("kind", ["monitor.collector_silent", "gnb.silent", "ot.poll_lost", "baseline.deviation"])
def test_what_the_service_says_itself_cannot_be_sent(doors: Doors, kind: str) -> None:
    one = an_event(0)
    [(batch, _)] = wire.encode([PlainEvent(kind, one.time, one.id, "eth1", 0, {})])
    answer = collector(doors).post("ingest", content=batch, headers=headers())
    assert (answer.status_code, "is for the service to say" in answer.json()["detail"]) == (400, True)


def test_a_number_that_cannot_be_taken_is_a_conflict(doors: Doors) -> None:
    """The collector gives its spool another name then, and sends the batch again."""
    client = collector(doors)
    [(other, _)] = wire.encode([an_event(2)])
    for number, batch, status in ((1, BATCH, 200), (1, other, 409), (2**40, other, 409), (2, other, 200)):
        assert client.post("ingest", content=batch, headers=headers(number)).status_code == status


def test_a_body_is_bounded(doors: Doors) -> None:
    assert collector(doors).post("ingest", content=bytes(1 << 21), headers=headers()).status_code == 413


def test_what_a_collector_says_of_itself_is_shown(doors: Doors) -> None:
    client = collector(doors)
    body = {
        "sources": ["eth1"],
        "counters": {"packets": 7, "dropped": 2},
        "waiting": 1,
        "lost": 3,
        "refused": 0,
        "spool": 5,
        "spool_size": 9,
        "version": "1",
    }
    assert client.put("ingest/status", json=body).json() == {"cuts": []}
    shown = doors.program("auditor").get("status").json()["collectors"]["tap1"]
    assert shown.pop("time") > 10**18
    assert shown == {
        "source": "eth1",
        "packets": 7,
        "dropped": 2,
        "spool.waiting": 1,
        "spool.lost": 3,
        "spool.refused": 0,
        "spool.losing": False,
        "spool.bytes": 5,
        "spool.size": 9,
        "version": "1",
        "finished": False,
        "evidence_trouble": "",
    }
    assert client.put("ingest/status", json={"counters": {"packets": -1}}).status_code == 400


def test_the_api_lists_the_collectors(doors: Doors) -> None:
    client = collector(doors)
    assert client.get("collectors").status_code == 401
    client.put("ingest/status", json={"sources": ["eth1"], "counters": {"dropped": 2, "time": 5}, "version": "1"})
    doors.store.put_status("arrivals.tap1", {"events": 9, "missing": 1})
    [shown] = doors.program("auditor").get("collectors").json()
    assert (shown["name"], shown["state"], shown["version"]) == ("tap1", "shipping", "1")
    assert (shown["events"], shown["missing"], shown["dropped"]) == (9, 1, 2)
    assert shown["heard"] > 10**18  # whatever a collector calls its counters


def test_with_certificates_the_token_alone_is_not_enough(doors: Doors) -> None:
    """Whatever a header says: who showed a certificate is known from below HTTP, and has to be whose the token is."""
    token = doors.receiving.collectors.enrol("tap1", by="root")
    object.__setattr__(doors.receiving, "mutual", True)
    for shown, status in ((None, 403), ("tap2", 403), ("tap1", 200)):
        app = below(doors, {} if shown is None else {CERTIFIED: shown})
        client = TestClient(app, base_url="http://sentinel.test/api/v1/", headers={"Authorization": f"Bearer {token}"})
        said = client.post("ingest", content=BATCH, headers={**headers(), CERTIFIED: "tap1", "X-Certified": "tap1"})
        assert said.status_code == status, said.text


def below(doors: Doors, state: dict[str, str]) -> ASGIApp:
    """The application as a connection with this state sees it."""

    async def stated(scope: Scope, receive: Receive, send: Send) -> None:
        await doors.app({**scope, "state": dict(state)}, receive, send)

    return stated
