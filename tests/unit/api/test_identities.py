"""The API shows pseudonyms; identifiers are shown by role and for a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

SUPI = "999700000000003"
sealed = pytest.mark.parametrize("doors", ["sealed"], indirect=True)


@sealed
def test_documents_have_pseudonyms(doors: Doors) -> None:
    """Events, alerts, pages of the console; a search for the identifier finds them."""
    client = doors.program("analyst")
    rows = client.get("events", params={"q": f"fiveg.supi:{SUPI}"}).json()["rows"]
    assert [row["event.sequence"] for row in rows] == [4]
    assert rows[0]["fiveg.supi"].startswith("ps-supi-1-")
    alert = client.get("alerts/alert-3").json()["alert"]
    assert alert["fiveg.supi"] == rows[0]["fiveg.supi"] == alert["entity"]["fiveg.supi"]
    for path in ("/alerts", "/alerts/alert-3", "/events"):
        assert SUPI not in doors.browser("analyst").get(path).text
    assert client.get("events", params={"q": "fiveg.supi:9997*"}).status_code == 400


@sealed
def test_identifiers_are_shown_by_role(doors: Doors) -> None:
    """With a reason, to an analyst, not to an auditor."""
    pseudonym = doors.program("analyst").get("alerts/alert-3").json()["alert"]["fiveg.supi"]
    body = {"pseudonyms": [pseudonym], "reason": "case 17"}
    assert doors.program("analyst").post("identities/reveal", json=body).json() == {pseudonym: SUPI}
    assert doors.program("auditor").post("identities/reveal", json=body).status_code == 403
    assert doors.program("analyst").post("identities/reveal", json=body | {"reason": "-"}).status_code == 400
    assert doors.program().post("identities/reveal", json=body).status_code == 401


@sealed
@pytest.mark.parametrize(
    "path", ["trust/{}", "access/grants?supi={}", "access/orders?supi={}", "alerts/triage?q=fiveg.supi:{}"]
)
def test_who_names_a_terminal_is_on_record(doors: Doors, path: str) -> None:
    """Whatever is answered about it: by its path, its query, or as what many alerts are chosen by."""
    client = doors.program("analyst")
    path = path.format("999700000000001")
    if "triage" in path:
        client.post(path, json={"state": "in_progress", "all_matching": True})
    else:
        client.get(path)
    size = doors.ledger.log.head()[0]
    assert any(b'"identity.looked_for","actor":"analyst1"' in each for each in doors.ledger.log.records(0, size))


@sealed
def test_a_search_by_an_identifier_is_on_record(doors: Doors) -> None:
    doors.program("auditor").get("events", params={"q": "fiveg.supi:999700000000001"})
    size = doors.ledger.log.head()[0]
    assert b'"identity.looked_for","actor":"auditor1"' in doors.ledger.log.records(size - 1, size)[0]
