"""Events, rules, status and users by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sentinel.accounts.roles import Role
from sentinel.errors import StoreError

if TYPE_CHECKING:
    from tests.unit.conftest import Doors


def test_search_histogram_and_one(doors: Doors) -> None:
    """The same query everywhere."""
    client = doors.program("auditor")
    page = client.get("events", params={"q": "fiveg.supi:*0005"}).json()
    assert [row["fiveg.supi"] for row in page["rows"]] == ["999700000000005"]
    assert client.get(f"events/{page['rows'][0]['event.id']}").json() == page["rows"][0]
    counted = client.get("events/histogram", params={"buckets": 3}).json()
    assert sum(bucket["count"] for bucket in counted["buckets"]) == 7
    assert counted["partial"] is False
    assert client.get("events/none").status_code == 404
    assert client.get("events", params={"q": "("}).json()["column"] == 2


def test_rules(doors: Doors) -> None:
    """What is loaded, in both languages."""
    client = doors.program("auditor")
    assert [rule["slug"] for rule in client.get("rules").json()] == [f"rule-{number}" for number in range(7)]
    assert client.get("rules/rule-4").json()["title_zh"] == "标题4"
    assert client.get("rules/none").status_code == 404


def test_status(doors: Doors) -> None:
    """Empty until the worker reports."""
    client = doors.program("auditor")
    empty = {
        "state": "never",
        "troubled": [],
        "store": "ok",
        "worker": {},
        "decisions": "kept",
        "gateways": {},
        "rules": 7,
        "collectors": {},
    }
    assert client.get("status").json() == empty
    doors.store.put_status("worker", {"packets": 3})
    assert client.get("status").json()["worker"] == {"packets": 3}


def test_users(doors: Doors) -> None:
    """Added, changed, and never without an administrator."""
    client = doors.program("administrator")
    new = {"name": "li", "password": "correct horse battery", "role": "analyst"}
    assert client.post("users", json=new).status_code == 201
    assert client.post("users", json=new).status_code == 409
    assert client.patch("users/li", json={"role": "auditor", "active": False}).json()["active"] is False
    assert client.patch("users/system1", json={"active": False}).status_code == 200
    assert client.patch("users/administrator1", json={"active": False}).status_code == 409
    assert client.patch("users/nobody", json={}).status_code == 400
    assert {user["name"] for user in client.get("users").json()} == {*(f"{role}1" for role in Role), "li"}


def test_a_store_that_fails_is_503(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """The problem says so, without a trace."""

    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(doors.store, "alerts", fail)
    answer = doors.program("auditor").get("alerts")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the disk is full")
