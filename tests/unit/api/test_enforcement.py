"""The feed of gateways is for enforcement points, and tells what changes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sentinel.enforcement import wire
from sentinel.enforcement.feed import Element
from sentinel.model.facts import Kind
from sentinel.operations.doors import Deciding
from sentinel.store.facts import FactLog
from tests.deciding import deciding, enrolled, published
from tests.serving import door

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

STOP = Element("quarantine", ("10.45.1.11",))


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[tuple[TestClient, Deciding]]:
    made, store = deciding(tmp_path)
    published(made)
    token = enrolled(made, "gw", "nftables")
    made.projection.refresh()
    app = door(made, store)
    yield TestClient(app, headers={"Authorization": f"Bearer {token}"}), made
    made.decider.close()
    store.close()


def test_a_gateway_is_told_what_changes_and_says_how_far_it_came(doors: tuple[TestClient, Deciding]) -> None:
    client, made = doors
    sequence = made.feed.put({STOP: 60})
    first = wire.decode(client.get("/enforce/v1/feed").content)
    assert first.whole
    assert STOP in first.put
    made.feed.remove([STOP])
    asked = {"epoch": first.epoch, "since": first.sequence, "wait": 1}
    assert wire.decode(client.get("/enforce/v1/feed", params=asked).content).removed == (STOP,)
    assert made.feed.reached("gw", sequence, 0)


def test_a_gateway_whose_table_was_lost_is_an_event_of_its_own(
    doors: tuple[TestClient, Deciding], tmp_path: Path
) -> None:  # fmt: skip
    client, made = doors
    client.get("/enforce/v1/feed", params={"lost": 1})
    made.following.write()
    (told,) = FactLog(tmp_path / "access-facts.db").after(0, [Kind.EVENT])
    assert (told.fields["event.action"], told.fields["access.point"]) == ("access.gateway_bare", "gw")


def test_nobody_else_is_told_anything(doors: tuple[TestClient, Deciding]) -> None:
    client, _ = doors
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}):
        assert client.get("/enforce/v1/feed", headers=headers).status_code == 401


@pytest.mark.parametrize("asked", ["wait=26", "wait=x", "since=-2"])
def test_a_question_that_is_not_of_the_form_is_a_bad_request(doors: tuple[TestClient, Deciding], asked: str) -> None:
    assert doors[0].get(f"/enforce/v1/feed?{asked}").status_code == 400


def test_each_kind_of_point_is_answered_at_its_own_place_alone(doors: tuple[TestClient, Deciding]) -> None:
    """A gateway claims no facts of a session, and a proxy follows no feed, and counts as no gateway."""
    client, made = doors
    other = {"Authorization": f"Bearer {enrolled(made, 'web', 'http')}"}
    assert client.get("/enforce/v1/feed", headers=other).status_code == 403
    assert not made.feed.following
    assert client.post("/enforce/v1/radius?resource=plc", content=b"{}", headers=other).status_code == 403
    assert client.post("/enforce/v1/radius?resource=plc", content=b"{}").status_code == 403
    assert client.get("/enforce/v1/http").status_code == 403
    assert client.post("/access/v1/evaluation", content=b"{}").status_code == 403


def test_one_gateway_that_asks_too_often_keeps_no_other_waiting(doors: tuple[TestClient, Deciding]) -> None:
    client, made = doors
    other = {"Authorization": f"Bearer {enrolled(made, 'gw2', 'nftables')}"}
    sequence = made.feed.put({STOP: 60})
    asked = {"epoch": made.feed.epoch, "since": sequence, "wait": 20}
    with client, ThreadPoolExecutor(70) as threads:
        held = [threads.submit(client.get, "/enforce/v1/feed", params=asked) for _ in range(70)]
        time.sleep(1)
        assert client.get("/enforce/v1/feed", headers=other).status_code == 200
        assert not any(each.done() for each in held)  # who asked too often still waits
        made.feed.remove([STOP])
        assert {each.result().status_code for each in held} == {200}
