"""Alerts by the API: list, filter, triage, bulk, history, evidence."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.conftest import Doors


def test_list_page_by_page(doors: Doors) -> None:
    """Newest first, each once."""
    client = doors.program("auditor")
    first = client.get("alerts", params={"limit": 4}).json()
    second = client.get("alerts", params={"limit": 4, "cursor": first["cursor"]}).json()
    found = [row["alert"]["event.id"] for row in first["rows"] + second["rows"]]
    assert found == [f"alert-{number}" for number in range(6, -1, -1)]
    assert second["cursor"] is None
    assert first["rows"][0]["triage"] == {"state": "new", "reason": None, "assignee": "", "version": 0}


def test_filters(doors: Doors) -> None:
    """Severity, rule, text, time."""
    client = doors.program("auditor")

    def ids(**parameters: object) -> list[str]:
        rows = client.get("alerts", params=parameters).json()["rows"]
        return sorted(row["alert"]["event.id"] for row in rows)

    assert ids(severity=["critical", "high"]) == ["alert-3", "alert-4"]
    assert ids(rule="rule-2") == ["alert-2"]
    assert ids(q="fiveg.supi:*0005") == ["alert-5"]
    assert ids(since="1790000005000000000") == ["alert-5", "alert-6"]
    assert ids(assignee="-", state="new") == [f"alert-{number}" for number in range(7)]
    counts = client.get("alerts/counts", params={"severity": "critical"}).json()
    assert counts == {"state": {"new": 1}, "severity": {"critical": 1}, "rule": {"rule-4": 1}}


def test_mistakes_are_said_where_they_are(doors: Doors) -> None:
    """A query by column, a parameter by name."""
    client = doors.program("auditor")
    answer = client.get("alerts", params={"q": 'a "b'})
    assert (answer.status_code, answer.json()["column"]) == (400, 3)
    answer = client.get("alerts", params={"severity": "terrible"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"].startswith("query.severity")
    assert client.get("alerts", params={"since": "yesterday"}).status_code == 400
    assert client.get("alerts/none").status_code == 404


def test_triage_and_history(doors: Doors) -> None:
    """The second one with the same version is told; the history names who did what."""
    client = doors.program("analyst")
    change = {"state": "closed", "reason": "false_positive", "note": "drill", "version": 0}
    answer = client.post("alerts/alert-0/triage", json=change)
    assert answer.json()["triage"] == {
        "state": "closed",
        "reason": "false_positive",
        "assignee": "analyst1",
        "version": 1,
    }
    assert client.post("alerts/alert-0/triage", json=change).status_code == 409
    assert client.post("alerts/alert-1/triage", json={"state": "closed", "version": 0}).status_code == 400
    assert client.post("alerts/none/triage", json={"state": "new", "version": 0}).status_code == 404
    history = client.get("alerts/alert-0/history").json()
    assert (history[0]["actor"], history[0]["what"], history[0]["note"]) == ("analyst1", "state", "drill")


def test_bulk(doors: Doors) -> None:
    """The listed ones, or all that match."""
    client = doors.program("analyst")
    body = {"state": "acknowledged", "alerts": [{"id": "alert-0", "version": 0}, {"id": "alert-1", "version": 9}]}
    assert client.post("alerts/triage", json=body).json() == {
        "changed": [{"id": "alert-0", "version": 1}],
        "skipped": ["alert-1"],
    }
    answer = client.post("alerts/triage?state=new", json={"state": "in_progress", "all_matching": True}).json()
    assert len(answer["changed"]) == 6


def test_evidence_is_a_capture(doors: Doors) -> None:
    """Named for rule and alert."""
    answer = doors.program("auditor").get("alerts/alert-3/evidence.pcap")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="alert-rule-3-alert-3.pcap"'
    assert struct.unpack("<I", answer.content[:4])[0] == 0xA1B23C4D
    assert answer.content[40:] == bytes([3]) * 60
    assert doors.program("auditor").get("alerts/none/evidence.pcap").status_code == 404
