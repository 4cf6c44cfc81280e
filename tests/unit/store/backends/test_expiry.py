"""Retention in the embedded store: what is from before a moment goes, with what belongs to it; the rest stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.model.alert import AlertState
from sentinel.store.backends import expiry
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Change, Span
from tests.contract.test_store import alert, event


def test_what_is_old_goes_with_what_belongs_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_PASS", 2)
    path = tmp_path / "events.db"
    store = SqliteStore(path)
    store.add([event(n) for n in range(1, 10)], [alert("old", last=3), alert("new", last=8)], [event(2), event(8)])
    store.triage("old", Change(state=AlertState.ACKNOWLEDGED), "ann", 5, 0)
    assert expiry.old(path, 6) == {"events": 5, "frames": 1, "alerts": 1}
    expiry.expire(path, 6)
    assert [row["event.sequence"] for row in store.events("", Span(), 20).rows] == [9, 8, 7, 6]
    assert [record.alert.id for record in store.alerts(AlertFilter(), 9).rows] == ["new"]
    assert store.history("old") == []
    assert len(store.frames([f"{n:016x}-00" for n in range(10)])) == 1
    assert not any(expiry.old(path, 6).values())
    store.close()


def test_what_is_no_store_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        expiry.old(tmp_path / "nothing.db", 5)
    (tmp_path / "text.db").write_text("no database, and long enough to be told from one" * 9)
    with pytest.raises(StoreError):
        expiry.expire(tmp_path / "text.db", 5)
