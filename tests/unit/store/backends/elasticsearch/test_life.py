"""Retention in a cluster: what was last written before a moment is deleted, and never what is written now."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.documents import EVENTS
from sentinel.store.backends.elasticsearch.life import delete, expired, roll_over
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from tests.contract.test_store import event
from tests.stores import Prompt, fresh

pytestmark = pytest.mark.elasticsearch


def test_what_is_old_is_deleted_and_counts_follow(elasticsearch: Address, tmp_path: Path) -> None:
    store = Prompt(fresh(elasticsearch), SqliteStore(tmp_path / "events.db"), FIELDS)
    stream = store.stream(EVENTS)
    store.add([event(1)], [], [])
    assert roll_over(store.client, [stream]) == []
    time.sleep(0.01)
    assert roll_over(store.client, [stream, "logs-sentinel.none-here"], age="1ms") == [stream]
    store.add([event(2)], [], [])
    assert expired(store.client, [stream], time.time_ns() - 3600 * 10**9) == []
    (index,) = expired(store.client, [stream], time.time_ns() + 10**9)
    delete(store.client, index.name)
    assert [row["event.sequence"] for row in store.events("", Span(), 5).rows] == [2]
    assert expired(store.client, [stream], time.time_ns() + 10**9) == []
    store.close()
