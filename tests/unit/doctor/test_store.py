"""What the doctor says of the store: there and fresh, old, away, or with something waiting for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sentinel.crypto.base import Settings
from sentinel.doctor.base import Finding, Patient, State
from sentinel.doctor.store import Stored
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.sqlite import SqliteStore
from tests.contract.test_store import event
from tests.stores import fresh

NONE: Mapping[str, Any] = {}


def _found(data: Path, store: Mapping[str, Any] = NONE) -> list[Finding]:
    return list(Stored().findings(Patient(data, Settings(), store=store)))


def _stored(data: Path, days: int, **said: str | int) -> None:
    store = SqliteStore(data / "events.db")
    store.add([event(1)], [], [])  # of 1970: what counts is when it came
    store._connection.execute("UPDATE arrivals SET day = day - ?", (days,))
    store.put_status("worker", said)
    store.close()


def test_nothing_is_said_of_what_never_was(tmp_path: Path) -> None:
    assert _found(tmp_path) == []


@pytest.mark.parametrize(("days", "state"), [(3, State.GOOD), (300, State.LACKING)])
def test_what_is_too_old_is_said(tmp_path: Path, days: int, state: State) -> None:
    _stored(tmp_path, days)
    (finding,) = _found(tmp_path)
    assert finding.state is state
    assert str(days) in finding.text


def test_what_waits_and_what_was_refused_is_said(tmp_path: Path) -> None:
    _stored(tmp_path, 1, store_trouble="elasticsearch: it is read-only", store_waiting=7, store_refused=2)
    assert [finding.state for finding in _found(tmp_path)] == [State.GOOD, State.FAILED, State.LACKING]


def test_a_cluster_that_is_away_is_said(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, {"store": "elasticsearch+http://127.0.0.1:1"})
    assert (finding.state, "cannot be reached" in finding.text) == (State.FAILED, True)


def test_events_that_are_elsewhere_are_said(tmp_path: Path) -> None:
    _stored(tmp_path, 1)
    (tmp_path / "store").write_text("elasticsearch+https://es1:9200")
    (finding,) = _found(tmp_path)
    assert (finding.state, "--store" in finding.text) == (State.FAILED, True)


@pytest.mark.elasticsearch
def test_a_cluster_that_works_is_told(elasticsearch: Address, tmp_path: Path) -> None:
    address = fresh(elasticsearch)
    named = {"store": str(address), "store_ca": address.ca, "store_secret": address.secret}
    (finding,) = _found(tmp_path, named)
    assert finding.state is State.GOOD
    assert "nodes, templates" in finding.text
