"""The quick way answers what is plain, and what it answers is what the way of all requests answers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.types import Receive, Scope, Send

from sentinel import api
from sentinel.api.front import Front
from sentinel.operations.doors import Deciding, Parts
from tests.deciding import AGV, AGV_PLACE, AGV_SESSION, Past, deciding, enrolled, published
from tests.serving import door

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

EVALUATION, RADIUS, HTTP = "/access/v1/evaluation", "/enforce/v1/radius?resource=10.11.6.80:80/tcp", "/enforce/v1/http"
ASKED: dict[str, Any] = {
    "subject": {"type": "terminal", "id": f"imsi-{AGV}"}, "action": {"name": "modbus:write"},
    "resource": {"type": "app", "id": "10.11.6.50:502/tcp"},
}  # fmt: skip
ATTRIBUTES = {
    "3GPP-IMSI": {"value": [AGV]},
    "3GPP-Session-S-NSSAI": {"value": ["0x020000a1"]},
    "Called-Station-Id": {"value": ["ot"]},
}
SAID = {"X-Sentinel-Resource": "10.11.6.80:80/tcp", "X-Sentinel-Method": "GET", "X-Sentinel-Address": "10.45.1.11"}


class Case(NamedTuple):
    """A request, and whether it is plain enough for the quick way."""

    kind: str
    path: str
    body: object = None
    headers: Mapping[str, str] = {}
    quick: bool = True


CASES = [
    Case("authzen", EVALUATION, ASKED), Case("authzen", EVALUATION, ASKED, {"X-Request-ID": "r" * 200}),
    Case("authzen", EVALUATION, ASKED | {"subject": {"type": "address", "id": "10.45.1.11"}}),
    Case("authzen", EVALUATION, ASKED | {"resource": {"type": "nf", "id": "upf"}}),
    Case("authzen", EVALUATION, ASKED | {"resource": {"type": "app", "id": "mes"}}),
    Case("authzen", EVALUATION, ASKED | {"resource": {"type": "app", "id": "10.11.6.50:99999/tcp"}}, quick=False),
    Case("authzen", EVALUATION, ASKED | {"subject": {"type": "terminal", "id": "999"}}),
    Case("authzen", EVALUATION, ASKED | {"subject": {"type": "robot", "id": AGV}}, quick=False),
    Case("authzen", EVALUATION, ASKED | {"subject": {"type": "terminal", "id": ""}}, quick=False),
    Case("authzen", EVALUATION, ASKED | {"subject": {"type": "terminal", "id": 7}}, quick=False),
    Case("authzen", EVALUATION, ASKED | {"action": {"name": "x" * 257}}, quick=False),
    Case("authzen", EVALUATION, ASKED | {"subject": {**ASKED["subject"], "properties": {"certificate": "c"}}}, quick=False),
    Case("authzen", EVALUATION, ASKED | {"context": {"a": 1}}, quick=False), Case("authzen", EVALUATION, [], quick=False),
    Case("authzen", EVALUATION, {}, quick=False), Case("authzen", EVALUATION, quick=False),
    Case("authzen", EVALUATION, ASKED, {"Authorization": "Bearer wrong"}, quick=False),
    Case("authzen", EVALUATION, ASKED, {"Authorization": ""}, quick=False), Case("dn-aaa", EVALUATION, ASKED, quick=False),
    Case("dn-aaa", RADIUS, ATTRIBUTES), Case("dn-aaa", RADIUS, ATTRIBUTES | {"3GPP-Session-S-NSSAI": {"value": [""]}}, quick=False),
    Case("dn-aaa", RADIUS, 7, quick=False), Case("dn-aaa", f"{RADIUS}&action=http:GET", ATTRIBUTES, quick=False),
    Case("dn-aaa", "/enforce/v1/radius", ATTRIBUTES, quick=False), Case("authzen", RADIUS, ATTRIBUTES, quick=False),
    Case("http", HTTP, headers=SAID), Case("http", HTTP, headers=SAID | {"X-Sentinel-Address": "10.45.1.99"}),
    Case("http", HTTP, headers={**SAID, "X-Sentinel-Method": ""}, quick=False), Case("http", HTTP, quick=False),
]  # fmt: skip


class Below:
    """What stands below the front: counts what comes to it."""

    def __init__(self, app: Any) -> None:
        self.app, self.came = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.came += scope["type"] == "http"
        await self.app(scope, receive, send)


class Setting(NamedTuple):
    """Both ways, over one decision point."""

    made: Deciding
    below: Below
    quick: TestClient
    tokens: Mapping[str, str]


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    made, store = deciding(tmp_path_factory.mktemp("front"), Past((AGV_SESSION, AGV_PLACE)))
    published(made)
    tokens = {kind: enrolled(made, kind, kind) for kind in ("authzen", "dn-aaa", "http")}
    nobody: Any = None
    below = Below(door(made, store))
    yield Setting(made, below, TestClient(Front(below, Parts(store, nobody, nobody, nobody, access=made))), tokens)
    made.close()
    store.close()


def _asked(client: TestClient, case: Case, token: str) -> tuple[int, Any, Mapping[str, str]]:
    headers = {"Authorization": f"Bearer {token}"} | dict(case.headers)
    if case.path == HTTP:
        answer = client.get(case.path, headers=headers)
    else:
        answer = client.post(case.path, json=case.body, headers=headers)
    assert answer.headers.get("cache-control", "no-store") == "no-store"
    said = answer.json() if answer.content else None
    if isinstance(said, dict):
        said.get("context", {}).pop("id", None)
        said.pop("reply:Class", None)
    ours = (
        "x-request-id",
        "content-type",
        "content-length",
        "x-sentinel-reason",
        "x-sentinel-rule",
        "www-authenticate",
    )
    return answer.status_code, said, {name: answer.headers[name] for name in ours if name in answer.headers}


@pytest.mark.parametrize("case", CASES)
def test_both_ways_answer_alike(setting: Setting, case: Case) -> None:
    token, before = setting.tokens[case.kind], setting.below.came
    quickly = _asked(setting.quick, case, token)
    assert (setting.below.came == before) is case.quick
    assert quickly == _asked(TestClient(setting.below.app), case, token)


def test_the_front_is_the_outermost(tmp_path: Path) -> None:
    made, store = deciding(tmp_path)
    app, nobody = door(made, store), None
    api.quicken(app, Parts(store, nobody, nobody, nobody, access=made))  # type: ignore[arg-type]  # not asked for
    assert app.user_middleware[0].cls is Front  # type: ignore[comparison-overlap]  # a factory of one
    made.close()
    store.close()
