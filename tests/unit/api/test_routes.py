"""Every route of the API by every role, generated from the routes themselves, and the recorded description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from sentinel import api
from sentinel.accounts.roles import Role, may
from sentinel.api.parts import Requires
from sentinel.operations.doors import Parts

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

RECORDED = Path(__file__).with_name("openapi.json")
PUBLIC = {("POST", "/setup"), ("POST", "/session"), ("POST", "/session/asked"), ("POST", "/session/second")}
COLLECTORS = {
    ("POST", "/ingest"),
    ("PUT", "/ingest/status"),
    ("PUT", "/ingest/cuts/{question}"),
    ("GET", "/ingest/audit"),
    ("PUT", "/ingest/audit"),
}  # a token of their own: test_ingest
_ARGUMENTS = {
    "alert_id": "alert-0",
    "event_id": "none",
    "slug": "rule-0",
    "name": "analyst1",
    "number": "1",
    "supi": "999700000000001",
    "method": "totp",
    "order": "none",
    "lock": "none",
    "glass": "none",
}


def _routes() -> Iterator[tuple[str, str, Requires | None]]:
    application = api.create(Parts(None, None, None, None))  # type: ignore[arg-type]  # only its routes are read
    for route in _flat(application.routes):
        needs = [d.call for d in route.dependant.dependencies if isinstance(d.call, Requires)]
        for method in sorted(route.methods or ()):
            yield method, route.path, needs[0] if needs else None


def _flat(routes: list[BaseRoute]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from _flat(included.routes)


ROUTES = list(_routes())


def test_every_route_but_the_way_in_asks_for_a_permission() -> None:
    """A route that forgets to is found here."""
    assert {(method, path) for method, path, needs in ROUTES if needs is None} == PUBLIC | COLLECTORS
    assert len(ROUTES) > 15


@pytest.mark.parametrize(
    ("method", "path", "needs"), [r for r in ROUTES if r[2]], ids=lambda v: v if isinstance(v, str) else ""
)
@pytest.mark.parametrize("role", ["", *Role])
def test_role_matrix(doors: Doors, method: str, path: str, needs: Requires, role: str) -> None:
    """Nobody gets 401, a role without the permission 403, one with it neither."""
    response = doors.program(role).request(method, path.lstrip("/").format(**_ARGUMENTS), json={})
    if not role:
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    elif not may(Role(role), needs.permission):
        assert response.status_code == 403
    else:
        assert response.status_code not in {401, 403, 500}
    if response.status_code >= 400:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code


def test_the_description_is_the_recorded_one(doors: Doors) -> None:
    """A change of the API is made on purpose: delete the recorded file, run this test, review the difference."""
    document = doors.program("auditor").get("openapi.json").json()
    if not RECORDED.exists():
        RECORDED.write_text(json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    assert document == json.loads(RECORDED.read_text())
