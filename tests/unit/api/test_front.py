"""The quick way answers what is plain, and what it answers is what the way of all requests answers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from typing import Any, NamedTuple

import pytest
from starlette.types import Receive, Scope, Send

from sentinel.api.front import Front
from sentinel.door import doorway
from sentinel.operations.doors import Deciding, Parts
from tests.deciding import AGV, AGV_PLACE, AGV_SESSION, Past, deciding, enrolled, published
from tests.serving import door

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
    Case("authzen", EVALUATION, ASKED | {"context": {"a": "x" * 20_000}}, quick=False),
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
    """Both ways, over one decision point: the port of the door with a front, and of the one without."""

    made: Deciding
    below: Below
    quick: int
    slow: int
    tokens: Mapping[str, str]


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    made, store = deciding(tmp_path_factory.mktemp("front"), Past((AGV_SESSION, AGV_PLACE)))
    published(made)
    tokens = {kind: enrolled(made, kind, kind) for kind in ("authzen", "dn-aaa", "http")}
    nobody: Any = None
    below = Below(door(made, store))
    with ExitStack() as stack:
        front = Front(Parts(store, nobody, nobody, nobody, access=made))
        quick, slow = (stack.enter_context(_served(below, each)) for each in (front, None))
        yield Setting(made, below, quick, slow, tokens)
    made.close()
    store.close()


@contextmanager
def _served(app: Any, front: Front | None) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    port, begun = int(listening.getsockname()[1]), threading.Event()
    server = doorway.server(app, answers=begun.set, front=front)
    thread = threading.Thread(target=doorway.serve, args=(server, listening))
    thread.start()
    assert begun.wait(10)
    yield port
    server.should_exit = server.force_exit = True
    thread.join(10)


def _asked(port: int, case: Case, token: str) -> tuple[int, Any, Mapping[str, str]]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | dict(case.headers)
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as client:
        method, body = ("GET", None) if case.path == HTTP else ("POST", json.dumps(case.body))
        client.request(method, case.path, body, headers)
        answer = client.getresponse()
        content = answer.read()
    assert answer.headers.get("cache-control", "no-store") == "no-store"
    said = json.loads(content) if content else None
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
    return answer.status, said, {name: answer.headers[name] for name in ours if name in answer.headers}


@pytest.mark.parametrize("case", CASES)
def test_both_ways_answer_alike(setting: Setting, case: Case) -> None:
    token, before = setting.tokens[case.kind], setting.below.came
    quickly = _asked(setting.quick, case, token)
    assert (setting.below.came == before) is case.quick
    assert quickly == _asked(setting.slow, case, token)


def test_a_decision_that_breaks_is_an_error_and_no_permission(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> object:
        raise MemoryError

    monkeypatch.setattr(type(setting.made.decider), "answer", breaks)
    with closing(HTTPConnection("127.0.0.1", setting.quick, timeout=10)) as client:
        client.request("GET", HTTP, headers={"Authorization": f"Bearer {setting.tokens['http']}", **SAID})
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (500, b"Internal Server Error")
