"""Retention, held by every backend: what counts is when something came, whatever the time of its packets."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel import storage
from sentinel.config import Config
from sentinel.model.alert import AlertState
from sentinel.store.backends.elasticsearch.documents import EVENTS
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.base import AlertFilter, Change, Span, Store
from sentinel.upkeep import retention
from tests.auditing import Kept
from tests.contract.test_store import alert, event
from tests.stores import BACKENDS, opened

DAY = 86_400 * 10**9


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    backend = opened(request, tmp_path)
    (tmp_path / "events.db").symlink_to(tmp_path / "store.db")  # its name in an installation
    yield backend
    backend.close()


def _after(store: Store, folder: Path, days: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Retention with the default, so many days from now; what it recorded."""
    config = Config(data=folder, rules=folder)
    if isinstance(store, ElasticsearchStore):
        config = dataclasses.replace(config, store="elasticsearch+https://there:9200")
        monkeypatch.setattr(storage, "elasticsearch", lambda _: store)
        monkeypatch.setattr(store, "close", lambda: None)
    kept = Kept()
    list(retention.expire(config, retention.DEFAULT, kept, "command:test", time.time_ns() + days * DAY))
    if isinstance(store, ElasticsearchStore):
        store.refresh()
    return [str(act.details["step"]) for act in kept.acts]


def _left(store: Store) -> tuple[int, int]:
    return len(store.events("", Span(), 9).rows), len(store.alerts(AlertFilter(), 9).rows)


def test_an_old_capture_is_kept_from_when_it_was_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its packets are of 1970: it is there the next night and half a year on, and gone once it was kept long enough."""
    store.add([event(1), event(2)], [alert()], [])
    store.triage("a1", Change(state=AlertState.ACKNOWLEDGED), "ann", 5, 0)
    if isinstance(store, ElasticsearchStore):  # what is written now is never deleted
        store.client.indices.rollover(alias=store.stream(EVENTS))
    for days in (1, 184, 199):
        assert "expired" not in _after(store, tmp_path, days, monkeypatch)
        assert _left(store) == (2, 1)
    assert "expired" in _after(store, tmp_path, 202, monkeypatch)
    assert _left(store) == (0, 0)
