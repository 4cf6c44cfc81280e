"""The way in and out: set-up, log-in, cookies, languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from httpx import Response
from starlette.testclient import TestClient

from sentinel import web
from sentinel.accounts.accounts import Accounts
from sentinel.audit.ledger import Ledger
from sentinel.operations.doors import Parts
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from sentinel.web.views.entry import local

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

PASSWORD = "correct horse battery"


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def _log_in(client: TestClient, following: str = "", password: str = PASSWORD) -> Response:
    page = client.get("/login", params={"next": following})
    data = {"csrf": _csrf(page.text), "name": "analyst1", "password": password, "next": following}
    answer: Response = client.post("/login", data=data)
    return answer


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_log_in_sets_a_cookie_that_scripts_and_other_sites_do_not_get(doors: Doors, scheme: str) -> None:
    """HttpOnly, SameSite=Lax, and Secure behind TLS."""
    client = doors.browser()
    client.base_url = f"{scheme}://sentinel.test"
    answer = _log_in(client, "/rules")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/rules")
    cookie = next(value for value in answer.headers.get_list("Set-Cookie") if value.startswith("sentinel_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert ("Secure" in cookie) is (scheme == "https")
    assert ("Strict-Transport-Security" in answer.headers) is (scheme == "https")
    assert client.get("/rules").status_code == 200


def test_log_out_ends_the_session(doors: Doors) -> None:
    """Also for a copy of the cookie."""
    client = doors.browser()
    _log_in(client)
    token = client.cookies["sentinel_session"]
    assert client.post("/logout", data={"csrf": _csrf(client.get("/alerts").text)}).status_code == 303
    client.cookies.set("sentinel_session", token)
    assert client.get("/alerts").status_code == 303


def test_logging_in_again_ends_the_session_before(doors: Doors) -> None:
    """Of this browser; a copy of its cookie is good for nothing."""
    client, copy = doors.browser("analyst"), doors.browser("analyst")
    assert _log_in(client).status_code == 303
    assert client.get("/alerts").status_code == 200
    assert copy.get("/alerts").status_code == 303


def test_a_wrong_password_is_said_in_the_readers_language(doors: Doors) -> None:
    """And the name is kept, the password not."""
    client = doors.browser()
    client.headers["Accept-Language"] = "zh-CN,zh;q=0.9"
    answer = _log_in(client, password="wrong password!")
    assert answer.status_code == 401
    assert "用户名或密码错误" in answer.text
    assert 'value="analyst1"' in answer.text
    assert "wrong password!" not in answer.text


def test_log_in_needs_the_visitors_form(doors: Doors) -> None:
    """Another site cannot log a visitor in."""
    answer = doors.browser().post("/login", data={"name": "analyst1", "password": PASSWORD})
    assert answer.status_code == 403


def test_who_is_not_logged_in_comes_back_to_where_they_wanted(doors: Doors) -> None:
    """A part of a page that renews itself sends the whole page to log in."""
    assert doors.browser().get("/alerts/alert-1").headers["Location"] == "/login?next=%2Falerts%2Falert-1"
    assert doors.browser().get("/events?q=a").headers["Location"] == "/login?next=%2Fevents%3Fq%3Da"
    headers = {"HX-Request": "true", "HX-Current-URL": "http://sentinel.test/rules?q=a#x"}
    part = doors.browser().get("/status/strip?poll=1", headers=headers)
    assert part.headers["HX-Redirect"] == "/login?next=%2Frules%3Fq%3Da&notice=ended"
    assert doors.browser().post("/alerts/bulk").headers["Location"] == "/login"


@pytest.mark.parametrize(
    "path", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "", "x", "/a\nb"]
)
def test_nobody_is_sent_to_another_site(path: str) -> None:
    """Anything but a path of ours is the home page."""
    assert local(path) == "/"
    assert local("/events?q=a") == "/events?q=a"


def test_language_by_cookie_before_log_in(doors: Doors) -> None:
    """The link under the form beats what the browser asks for; an account's choice beats both."""
    client = doors.browser()
    client.headers["Accept-Language"] = "en-GB,en;q=0.8"
    assert "Log in" in client.get("/login").text
    assert client.get("/language/zh-CN?next=/login").headers["Location"] == "/login"
    assert "登录" in client.get("/login").text
    doors.accounts.set_preferences("analyst1", "en", "dark")
    _log_in(client)
    page = client.get("/alerts").text
    assert '<html lang="en" data-theme="dark">' in page


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[TestClient, Accounts]]:
    """A console that nobody has set up."""
    ledger = Ledger(tmp_path / "audit")
    control = ControlDatabase(f"sqlite:///{tmp_path}/control.db", ledger)
    store = SqliteStore(tmp_path / "events.db")
    accounts = Accounts(control)
    app = FastAPI()
    web.mount(app, Parts(store, accounts, type("Rules", (), {"rules": ()})(), ledger))
    yield TestClient(app, base_url="http://sentinel.test", follow_redirects=False), accounts
    store.close()
    control.close()
    ledger.close()


def test_set_up_once(fresh: tuple[TestClient, Accounts]) -> None:
    """Token, name, password twice; then one is logged in, and the form is gone."""
    client, accounts = fresh
    token = accounts.issue_setup_token()
    assert client.get("/login").headers["Location"] == "/setup"
    csrf = _csrf(client.get("/setup").text)
    good = {"csrf": csrf, "token": token, "name": "root", "password": PASSWORD, "repeated": PASSWORD}
    for bad in ({"repeated": "something else"}, {"token": "x"}, {"password": "short", "repeated": "short"}):
        assert client.post("/setup", data={**good, **bad}).status_code == 400
    assert client.post("/setup", data=good).headers["Location"] == "/"
    page = client.get("/alerts")
    assert page.status_code == 200
    assert "user.preferences_changed" not in client.get("/audit", headers={"Accept": "application/json"}).text
    assert client.get("/setup").headers["Location"] == "/login"
