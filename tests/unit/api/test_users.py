"""Users by the API: a change is made whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.accounts.roles import Role

if TYPE_CHECKING:
    from tests.unit.conftest import Doors


def test_a_refused_change_changes_nothing(doors: Doors) -> None:
    """Not even what stands before the mistake."""
    client = doors.program("administrator")
    answer = client.patch("users/auditor1", json={"role": "analyst", "active": False, "password": "x"})
    assert answer.status_code == 400
    assert (doors.accounts.get("auditor1").role, doors.accounts.get("auditor1").active) == (Role.AUDITOR, True)
    doors.accounts.set_active("system1", active=False, by="root")
    assert client.patch("users/administrator1", json={"role": "analyst"}).status_code == 409
    assert client.patch("users/administrator1", json={"active": False}).status_code == 409
    assert client.patch("users/nobody", json={}).status_code == 400


def test_a_system_administrator_stays_what_they_are(doors: Doors) -> None:
    """Who keeps users does not take all other rights so."""
    answer = doors.program("system").patch("users/system1", json={"role": "administrator"})
    assert (answer.status_code, "your own role" in answer.text) == (409, True)
    assert doors.accounts.get("system1").role is Role.SYSTEM


def test_a_change_of_all_at_once(doors: Doors) -> None:
    """And the sessions of before are over."""
    body = {"role": "analyst", "active": True, "password": "another battery 1"}
    answer = doors.program("administrator").patch("users/auditor1", json=body)
    assert (answer.status_code, answer.json()["role"]) == (200, "analyst")
    assert doors.program("auditor").get("session").status_code == 401
    assert doors.accounts.login("auditor1", "another battery 1").account.role is Role.ANALYST
