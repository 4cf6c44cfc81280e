"""Logging in by the API; the cookie with its header, or the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.api.parts import CSRF_HEADER

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

PASSWORD = "correct horse battery"


def test_log_in_use_the_token_log_out(doors: Doors) -> None:
    """The token is good until it is not."""
    client = doors.program()
    answer = client.post("session", json={"name": "analyst1", "password": PASSWORD})
    assert answer.status_code == 201
    permissions = ["account", "approve", "evidence", "read", "reveal", "status", "triage"]
    assert answer.json()["account"]["permissions"] == permissions
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    assert client.get("session").json()["account"]["name"] == "analyst1"
    assert client.delete("session").status_code == 204
    assert client.get("session").status_code == 401


def test_a_wrong_password_is_401_and_then_429(doors: Doors) -> None:
    """With the seconds to wait."""
    client = doors.program()
    answers = [client.post("session", json={"name": "analyst1", "password": "wrong password!"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_change_by_cookie_needs_the_header(doors: Doors) -> None:
    """Reading does not; another session's header does not help."""
    browser = doors.browser("analyst")
    csrf = browser.get("/api/v1/session").json()["csrf"]
    other = doors.browser("auditor").get("/api/v1/session").json()["csrf"]
    change = {"state": "acknowledged", "version": 0}
    for headers in ({}, {CSRF_HEADER: "x"}, {CSRF_HEADER: other}):
        assert browser.post("/api/v1/alerts/alert-0/triage", json=change, headers=headers).status_code == 403
    answer = browser.post("/api/v1/alerts/alert-0/triage", json=change, headers={CSRF_HEADER: csrf})
    assert answer.status_code == 200


def test_set_up_is_once(doors: Doors) -> None:
    """Here it is done already."""
    body = {"token": "x", "name": "root", "password": PASSWORD}
    assert doors.program().post("setup", json=body).status_code == 409


def test_change_of_password(doors: Doors) -> None:
    """The wrong old one is a mistake, not a log-out."""
    client = doors.program("analyst")
    assert client.post("session/password", json={"old": "x", "new": "a new password 1"}).status_code == 400
    assert client.post("session/password", json={"old": PASSWORD, "new": "short"}).status_code == 400
    assert client.post("session/password", json={"old": PASSWORD, "new": "a new password 1"}).status_code == 204
    assert client.get("session").status_code == 200
