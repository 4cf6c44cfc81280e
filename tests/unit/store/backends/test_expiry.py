"""Retention in the embedded store: what came before a moment goes, with what belongs to it; the rest stays."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.model.alert import AlertState
from sentinel.store.backends import expiry
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Change, Span
from tests.contract.test_store import alert, event

DAY = 86_400 * 10**9


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqliteStore:
    """It deletes two rows at once."""
    monkeypatch.setattr(expiry, "_PASS", 2)
    return SqliteStore(tmp_path / "events.db")


def _on(day: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: day * DAY + 5)


def _left(store: SqliteStore) -> list[object]:
    return [row["event.sequence"] for row in store.events("", Span(), 20).rows]


def test_what_is_old_goes_with_what_belongs_to_it(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the day on which it came: the packets are all of one moment of 1970."""
    path = tmp_path / "events.db"
    _on(3, monkeypatch)
    store.add([event(n) for n in range(5, 10)], [alert("old"), alert("touched")], [event(8)])
    store.triage("old", Change(state=AlertState.ACKNOWLEDGED), "ann", 5, 0)
    _on(8, monkeypatch)
    store.triage("touched", Change(state=AlertState.ACKNOWLEDGED), "ann", 5, 0)
    store.add([event(n) for n in range(1, 5)], [alert("new")], [event(2)])
    assert expiry.old(path, 8 * DAY + 7) == {"events": 5, "frames": 1, "alerts": 1}
    expiry.expire(path, 8 * DAY + 7)
    assert _left(store) == [4, 3, 2, 1]
    assert {record.alert.id for record in store.alerts(AlertFilter(), 9).rows} == {"new", "touched"}
    assert store.history("old") == []
    assert len(store.frames([f"{n:016x}-00" for n in range(10)])) == 1
    assert not any(expiry.old(path, 8 * DAY + 7).values())
    store.close()


def test_what_comes_after_everything_went_is_kept(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers of rows begin anew in an empty table, also on a day that has a mark already."""
    _on(3, monkeypatch)
    store.add([event(n) for n in range(1, 4)], [], [])
    _on(8, monkeypatch)
    store.add([], [alert()], [])
    expiry.expire(tmp_path / "events.db", 8 * DAY)
    store.add([event(9)], [], [])
    expiry.expire(tmp_path / "events.db", 8 * DAY)
    assert _left(store) == [9]
    store.close()


def test_a_clock_that_was_wrong_keeps_too_long(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than to delete what came just now."""
    for number, day in enumerate((900, 3, 4)):
        _on(day, monkeypatch)
        store.add([event(number)], [], [])
    expiry.expire(tmp_path / "events.db", 5 * DAY)
    assert len(_left(store)) == 3
    store.close()


def test_what_is_no_store_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        expiry.old(tmp_path / "nothing.db", 5)
    (tmp_path / "text.db").write_text("no database, and long enough to be told from one" * 9)
    with pytest.raises(StoreError):
        expiry.expire(tmp_path / "text.db", 5)
