from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from sentinel import api
from sentinel.access.deciding.decider import Decider, Judged
from sentinel.access.information.pip import Asked
from sentinel.operations.doors import Parts
from sentinel.store.base import Span
from tests.deciding import AGV, TABLET, deciding, enrolled, published

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have the successor of httpx, which is young
    from starlette.testclient import TestClient

ASKED: dict[str, Any] = {
    "subject": {"type": "terminal", "id": f"imsi-{AGV}"}, "action": {"name": "modbus:write"},
    "resource": {"type": "app", "id": "10.11.6.50:502/tcp"},
}  # fmt: skip


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    made, store = deciding(tmp_path)
    published(made)
    token = enrolled(made, "gateway", "authzen")
    app = FastAPI()
    nobody: Any = None
    api.mount(app, Parts(store, nobody, nobody, nobody, access=made, url="https://pdp.plant/"))
    yield TestClient(app, base_url="http://pdp.test", headers={"Authorization": f"Bearer {token}"})
    made.decider.close()
    store.close()


def _post(client: TestClient, path: str, body: object, status: int = 200) -> Any:
    answer = client.post(f"/access/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_decision_comes_with_all_of_its_reasons(client: TestClient) -> None:
    answer = _post(client, "evaluation", ASKED)
    assert answer["decision"] is True
    context = answer["context"]
    assert (context["rules"], context["obligations"]) == (["agv-writes-its-registers"], {"ttl": 600})
    assert (context["policy"]["version"], context["trust"]) == (1, {"score": 100, "evidence": []})
    denied = _post(client, "evaluation", ASKED | {"action": {"name": "modbus:diag"}})
    assert denied["decision"] is False
    assert denied["context"]["misses"] == [
        "rule agv-writes-its-registers would allow, but action `modbus:diag` is not in [connect, modbus:read|write]",
        "rule agv-with-permit would allow, but ticket `no` is not in [yes]",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": {"type": "address", "id": "10.45.1.11"}},
        {
            "resource": {
                "type": "app",
                "id": "x",
                "properties": {"address": "10.11.6.50", "port": 502, "protocol": "tcp"},
            }
        },
        {
            "resource": {
                "type": "app",
                "id": "plc",
                "properties": {"address": "::ffff:10.11.6.50", "port": 502, "protocol": "tcp"},
            }
        },
        {"context": {"slice": "9", "trust": 0, "time": "never"}},
    ],
)
def test_what_an_enforcement_point_says_finds_things_and_decides_nothing(
    client: TestClient, change: dict[str, Any]
) -> None:
    assert _post(client, "evaluation", ASKED | change)["decision"] is True


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"subject": {"type": "terminal", "id": "1"}}, "unknown_terminal"),
        ({"subject": {"type": "address", "id": "10.45.9.9"}}, "unknown_terminal"),
        ({"resource": {"type": "app", "id": "nothing"}}, "unknown_resource"),
        ({"resource": {"type": "nf", "id": "pcf"}}, "unknown_resource"),
        (
            {"resource": {"type": "app", "id": "x", "properties": {"address": "x", "port": 1, "protocol": "tcp"}}},
            "unknown_resource",
        ),
        ({"action": {"name": "fly"}}, "unknown_action"),
        ({"subject": {"type": "terminal", "id": AGV, "properties": {"certificate": 7}}}, "allowed"),
    ],
)
def test_what_is_not_known_is_denied(client: TestClient, change: dict[str, Any], reason: str) -> None:
    assert _post(client, "evaluation", ASKED | change)["context"]["reason"] == reason


@pytest.mark.parametrize(
    "body",
    [{}, [], ASKED | {"subject": {"type": "user", "id": "1"}}, ASKED | {"subject": None}, ASKED | {"action": None},
     ASKED | {"resource": None}, ASKED | {"subject": {"type": "terminal", "id": ""}},
     ASKED | {"resource": {"type": "app", "id": "10.0.0.1:99999/tcp"}},
     *(ASKED | {"resource": {"type": "app", "id": "x", "properties": {"address": "10.0.0.1", "port": port}}}
       for port in ("x", True, 99999, -2))],
)  # fmt: skip
def test_what_is_not_of_the_form_is_a_bad_request(client: TestClient, body: object) -> None:
    assert "`" in _post(client, "evaluation", body, 400)["detail"]


def test_several_are_decided_as_asked(client: TestClient) -> None:
    verbs = [{"action": {"name": name}} for name in ("modbus:read", "modbus:diag", "modbus:write")]

    def decided(semantic: str) -> list[bool]:
        body = ASKED | {"evaluations": verbs, "options": {"evaluations_semantic": semantic}}
        return [each["decision"] for each in _post(client, "evaluations", body)["evaluations"]]

    assert decided("execute_all") == [True, False, True]
    assert decided("deny_on_first_deny") == [True, False]
    assert decided("permit_on_first_permit") == [True]
    assert _post(client, "evaluations", ASKED)["decision"] is True
    _post(client, "evaluations", ASKED | {"evaluations": verbs, "options": {"evaluations_semantic": "x"}}, 400)


def test_one_that_is_not_of_the_form_is_denied_and_the_others_are_answered(client: TestClient) -> None:
    wrong = [{"resource": {"type": "printer", "id": "x"}}, 7, {"subject": {"type": "terminal"}}]
    answers = _post(client, "evaluations", ASKED | {"evaluations": [{}, *wrong, {}]})["evaluations"]
    assert [each["decision"] for each in answers] == [True, False, False, False, True]
    assert [each["context"]["reason"] for each in answers[1:4]] == ["malformed"] * 3
    assert "`resource.type`" in answers[1]["context"]["error"]["message"]
    assert [each["context"]["rules"] for each in answers[1:4]] == [[]] * 3


def test_one_of_several_that_is_not_of_the_form_is_kept_too(tmp_path: Path) -> None:
    made, store = deciding(tmp_path)
    token = enrolled(made, "gateway", "authzen")
    app, nobody = FastAPI(), Any
    api.mount(app, Parts(store, nobody, nobody, nobody, access=made))  # type: ignore[arg-type]  # not asked for
    client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    _post(client, "evaluations", ASKED | {"evaluations": [{}, 7]})
    made.close()
    kept = store.events("access.reason:malformed", Span(), 10).rows
    assert [(row["access.decision"], row["access.point"]) for row in kept] == [("deny", "gateway")]
    assert "`object`" in str(kept[0]["access.error"])
    store.close()


def test_what_is_no_json_is_said_to_be_none(client: TestClient) -> None:
    said = client.post("/access/v1/evaluation", content=b"{")
    assert (said.status_code, "``" in said.text, "invalid json" in said.text) == (400, False, True)


def test_who_may_what_may_and_what_may_be_done(client: TestClient) -> None:
    terminals = _post(client, "search/subject", ASKED | {"subject": {"type": "terminal"}})
    assert terminals == {"results": [{"type": "terminal", "id": AGV}], "page": {"next_token": ""}}
    connect = ASKED | {"action": {"name": "connect"}, "resource": {"type": "app"}}
    assert {each["id"] for each in _post(client, "search/resource", connect)["results"]} == {"mes", "dns", "plc"}
    actions = _post(client, "search/action", {key: ASKED[key] for key in ("subject", "resource")})
    assert actions["results"] == [{"name": name} for name in ("connect", "modbus:read", "modbus:write")]


def test_many_results_come_in_pages(client: TestClient) -> None:
    body = {key: ASKED[key] for key in ("subject", "resource")} | {"page": {"limit": 1}}
    first = _post(client, "search/action", body)
    assert first["results"] == [{"name": "connect"}]
    second = _post(client, "search/action", body | {"page": {"limit": 1, "token": first["page"]["next_token"]}})
    assert (second["results"], second["page"]) == ([{"name": "modbus:read"}], {"next_token": "17"})


@pytest.mark.parametrize("path", ["evaluation", "evaluations", "search/subject", "search/resource", "search/action"])
def test_nobody_without_a_token_is_answered_not_even_about_the_form(client: TestClient, path: str) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}):
        assert client.post(f"/access/v1/{path}", json={}, headers=headers).status_code == 401


def test_a_token_of_an_enforcement_point_opens_nothing_else(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/access/v1/evaluation").status_code == 405


def test_a_point_finds_the_paths_and_its_request_again(client: TestClient) -> None:
    found = client.get("/.well-known/authzen-configuration").json()
    assert found["policy_decision_point"] == "https://pdp.plant"
    assert found["access_evaluation_endpoint"] == "https://pdp.plant/access/v1/evaluation"
    assert set(found) == {
        "policy_decision_point", "access_evaluation_endpoint", "access_evaluations_endpoint", "search_subject_endpoint",
        "search_resource_endpoint", "search_action_endpoint",
    }  # fmt: skip
    answer = client.post("/access/v1/evaluation", json=ASKED, headers={"X-Request-ID": "abc"})
    assert answer.headers["X-Request-ID"] == "abc"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_terminal_in_another_session_is_somebody_else(client: TestClient) -> None:
    assert _post(client, "evaluation", ASKED | {"subject": {"type": "terminal", "id": TABLET}})["decision"] is False


def test_a_long_batch_is_decided_beside_the_loop_that_answers_others(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, threads = Decider.judge, list[bool]()

    def noticed(self: Decider, asked: Asked) -> Judged:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            threads.append(True)
        return judge(self, asked)

    monkeypatch.setattr(Decider, "judge", noticed)
    _post(client, "evaluations", ASKED | {"evaluations": [{}, {}]})
    assert threads == [True, True]


def test_each_page_of_a_search_looks_only_at_what_comes_after_the_one_before(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    would, looked = Decider.would, list[str]()

    def noticed(self: Decider, asked: Asked) -> bool:
        looked.append(asked.action)
        return would(self, asked)

    monkeypatch.setattr(Decider, "would", noticed)
    asked = {name: part for name, part in ASKED.items() if name != "action"}
    first = _post(client, "search/action", asked | {"page": {"limit": 1}})
    assert first["results"] == [{"name": "connect"}]
    looked.clear()
    second = _post(client, "search/action", asked | {"page": {"token": first["page"]["next_token"]}})
    assert (second["results"], second["page"]["next_token"]) == (
        [{"name": "modbus:read"}, {"name": "modbus:write"}],
        "",
    )
    assert looked[0] == "modbus:read"
