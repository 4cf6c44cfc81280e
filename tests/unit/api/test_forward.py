"""What nginx is told; tests/e2e/test_nginx.py asks by nginx."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deciding import deciding, enrolled, published
from tests.serving import door

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SAID = {"X-Sentinel-Address": "10.45.1.11", "X-Sentinel-Method": "GET", "X-Sentinel-Resource": "10.11.6.80:80/tcp"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    made, store = deciding(tmp_path)
    published(made)
    token = enrolled(made, "web", "http")
    app = door(made, store)
    yield TestClient(app, headers={"Authorization": f"Bearer {token}"})
    made.decider.close()
    store.close()


def test_nginx_is_told_which_rule_decided(client: TestClient) -> None:
    answer = client.get("/enforce/v1/http", headers=SAID)
    assert (answer.status_code, answer.headers["X-Sentinel-Rule"]) == (200, "machines-reach-mes")
    refused = client.get("/enforce/v1/http", headers=SAID | {"X-Sentinel-Method": "DELETE"})
    assert (refused.status_code, refused.headers["X-Sentinel-Reason"], refused.content) == (403, "denied", b"")


@pytest.mark.parametrize(
    "change",
    [{"X-Sentinel-Method": "FLY"}, {"X-Sentinel-Address": "10.45.9.9"}, {"X-Sentinel-Address": "x"},
     {"X-Sentinel-Resource": "nobody"}, {"X-Sentinel-Resource": "10.11.6.50:502/tcp"}],
)  # fmt: skip
def test_what_is_not_known_does_not_pass(client: TestClient, change: dict[str, str]) -> None:
    assert client.get("/enforce/v1/http", headers=SAID | change).status_code == 403


@pytest.mark.parametrize("name", list(SAID))
def test_a_question_without_one_of_its_headers_is_none(client: TestClient, name: str) -> None:
    assert (
        client.get("/enforce/v1/http", headers={key: value for key, value in SAID.items() if key != name}).status_code
        == 400
    )
    assert client.get("/enforce/v1/http", headers=[*SAID.items(), (name, "again")]).status_code == 400


def test_nobody_without_a_token_is_answered(client: TestClient) -> None:
    assert client.get("/enforce/v1/http", headers=SAID | {"Authorization": "Bearer wrong"}).status_code == 401
