"""How collectors are doing, from what they say and what arrived."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.accounts.collectors import Collectors
from sentinel.model.event import Value
from sentinel.operations.fleet import MANY, SILENT_AFTER, State, standings
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept

NOW = 1_790_000_000_000_000_000
DAY = 86_400_000_000_000


@pytest.mark.parametrize(
    ("said", "state", "troubled"),
    [
        ({}, State.NEVER, False),
        ({"time": NOW - 1}, State.SHIPPING, False),
        ({"time": NOW - 1, "spool.waiting": MANY}, State.SHIPPING, False),
        ({"time": NOW - 1, "spool.waiting": MANY + 1}, State.BEHIND, True),
        ({"time": NOW - 1, "spool.waiting": MANY + 1, "spool.losing": True}, State.LOSING, True),
        ({"time": NOW - SILENT_AFTER - 1, "spool.losing": True}, State.SILENT, True),
        ({"time": NOW - SILENT_AFTER - 1, "finished": True}, State.FINISHED, False),
        ({"time": NOW - 1, "evidence_trouble": "the disk is full"}, State.SHIPPING, True),
    ],
)
def test_the_worst_holds(tmp_path: Path, said: dict[str, Value], state: State, troubled: bool) -> None:
    store, collectors = SqliteStore(tmp_path / "events.db"), Collectors(ControlDatabase("sqlite://", Kept()))
    collectors.enrol("tap1", by="root")
    if said:
        store.put_status("collector.tap1", said)
    [found] = standings(store, collectors, lambda: NOW)
    assert (found.name, found.state, found.troubled) == ("tap1", state, troubled)
    collectors.remove("tap1", by="root")
    [found] = standings(store, collectors, lambda: NOW)
    assert (found.state, found.troubled) == (State.REMOVED, False)
    store.close()


def test_what_arrived_is_told_beside_what_was_said(tmp_path: Path) -> None:
    store, collectors = SqliteStore(tmp_path / "events.db"), Collectors(ControlDatabase("sqlite://", Kept()))
    collectors.enrol("tap1", by="root")
    store.put_status("arrivals", {"silent_after": 15})
    store.put_status("arrivals.tap1", {"batches": 3, "events": 9, "missing": 2, "missed": NOW - 2, "latest": NOW - 5})
    store.put_status("collector.tap1", {"time": NOW - 10, "dropped": 4, "version": "1", "packets": 7})
    [found] = standings(store, collectors, lambda: NOW)
    assert (found.state, found.troubled, found.version) == (State.SHIPPING, True, "1")
    assert (found.events, found.batches, found.missing, found.dropped, found.packets) == (9, 3, 2, 4, 7)
    [later] = standings(store, collectors, lambda: NOW + 6)
    assert later.state is State.SILENT
    [much_later] = standings(store, collectors, lambda: NOW + DAY)
    assert not much_later.misses
    store.close()
