"""Every route of the console by every role, generated from the routes themselves, and what every page carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from sentinel import web
from sentinel.accounts.roles import Role, may
from sentinel.crypto.token import form_token
from sentinel.operations.doors import Parts
from sentinel.web.gate import Anyone, Requires
from sentinel.web.security import POLICY

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

OPEN = {("GET", "/login"), ("POST", "/login"), ("GET", "/setup"), ("POST", "/setup"), ("GET", "/language/{code}"),
        ("GET", "/login/second"), ("POST", "/login/second"), ("GET", "/favicon.ico")}  # fmt: skip
_ARGUMENTS = {
    "alert_id": "alert-0",
    "event_id": "none",
    "name": "analyst1",
    "code": "en",
    "number": "1",
    "which": "1",
    "step": "approve",
    "method": "totp",
}


def _flat(routes: list[BaseRoute]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from _flat(included.routes)


def _routes() -> Iterator[tuple[str, str, Requires | Anyone | None]]:
    application = web.create(Parts(None, None, None, None))  # type: ignore[arg-type]  # only its routes are read
    for route in _flat(application.routes):
        needs = [d.call for d in route.dependant.dependencies if isinstance(d.call, Requires | Anyone)]
        for method in sorted(route.methods or ()):
            yield method, route.path, needs[0] if needs else None


ROUTES = list(_routes())
GUARDED = [(method, path, needs) for method, path, needs in ROUTES if isinstance(needs, Requires)]
PAGES = [
    "/alerts",
    "/alerts/alert-4",
    "/events",
    "/forecast",
    "/rules",
    "/status",
    "/collectors",
    "/decisions",
    "/terminals",
    "/terminals/999700000000001",
    "/resources",
    "/resources/app:plc/10.11.6.50:502/tcp",
    "/permits",
    "/enforcement",
    "/policies",
    "/account",
    "/users",
    "/nothing-here",
]


def test_every_route_but_the_way_in_asks_for_a_permission() -> None:
    """A route that forgets to is found here."""
    assert {(method, path) for method, path, needs in ROUTES if not isinstance(needs, Requires)} == OPEN


@pytest.mark.parametrize(("method", "path", "needs"), GUARDED, ids=lambda v: v if isinstance(v, str) else "")
@pytest.mark.parametrize("role", ["", *Role])
def test_role_matrix(doors: Doors, method: str, path: str, needs: Requires, role: str) -> None:
    """Nobody is sent to log in, a role without the permission gets 403, one with it neither."""
    browser = doors.browser(role)
    data = {"csrf": form_token(doors.tokens[role])} if role else {}
    response = browser.request(
        method, path.replace(":path}", "}").format(**_ARGUMENTS), data=data if method == "POST" else None
    )
    if not role:
        assert response.status_code == 303
        assert response.headers["Location"].startswith("/login")
    elif not may(Role(role), needs.permission):
        assert response.status_code == 403
    else:
        assert response.status_code not in {401, 403, 500}


@pytest.mark.parametrize(("method", "path"), [route[:2] for route in GUARDED if route[0] == "POST"])
def test_a_change_needs_the_forms_token(doors: Doors, method: str, path: str) -> None:
    """None, and another session's, are refused, and nothing has changed."""
    browser = doors.browser("administrator")
    for token in ("", form_token(doors.tokens["auditor"])):
        data = {"csrf": token, "action": "deactivate", "version": "0"}
        assert browser.post(path.replace(":path}", "}").format(**_ARGUMENTS), data=data).status_code == 403
    assert doors.accounts.get("analyst1").active
    assert doors.store.history("alert-0") == []


@pytest.mark.parametrize("path", [*PAGES, "/login", "/static/console.css", "/api/v1/alerts", "/favicon.ico"])
def test_security_headers_are_everywhere(doors: Doors, path: str) -> None:
    """On pages, files, errors and the API."""
    headers = doors.browser("administrator").get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert "frame-ancestors 'none'" in POLICY
    assert "unsafe" not in POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert ("max-age" in headers["Cache-Control"] or headers["Cache-Control"] in {"no-store", "no-cache"}) is True


@pytest.mark.parametrize("path", [*PAGES, "/login"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_have_nothing_inline(doors: Doors, path: str, language: str) -> None:
    """No style, no handler, no script without a source: the policy would break them."""
    page = (
        doors.browser("" if path == "/login" else "administrator").get(path, headers={"Accept-Language": language}).text
    )
    assert f'<html lang="{language}"' in page
    for inline in (" style=", "<style", "<script>", "javascript:", " onclick", " onload", " onsubmit", "hx-on"):
        assert inline not in page


@pytest.mark.parametrize("path", [p for p in PAGES if p != "/nothing-here"])
def test_every_page_has_a_json_twin(doors: Doors, path: str) -> None:
    """From the same model, at the same address."""
    response = doors.browser("administrator").get(path, headers={"Accept": "application/json"})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert isinstance(response.json(), dict)


def test_errors_have_a_json_twin_too(doors: Doors) -> None:
    """As problem details."""
    headers = {"Accept": "application/json"}
    assert doors.browser().get("/alerts", headers=headers).status_code == 401
    answer = doors.browser("auditor").get("/users", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert doors.browser("auditor").get("/nothing", headers=headers).status_code == 404
