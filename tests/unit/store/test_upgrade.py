"""A store of an earlier version is taken over by whoever opens it first, also when two do at once."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from sentinel.model.event import PlainEvent
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from sentinel.store.query import Everything

EARLIER = """\
CREATE TABLE events (id TEXT PRIMARY KEY, kind TEXT NOT NULL, doc TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO events VALUES ('0000000000000005-00', 'a.b', '{"event.action": "a.b", "event.sequence": 5}');
INSERT INTO events VALUES ('0000000000000007-00', 'a.b', '{"event.action": "a.b", "event.sequence": 7}');
"""


def test_events_of_an_earlier_version_come_first_in_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    earlier = sqlite3.connect(path)
    earlier.executescript(EARLIER)
    earlier.close()
    opened: list[SqliteStore] = []
    openers = [threading.Thread(target=lambda: opened.append(SqliteStore(path))) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert len(opened) == 4
    store = opened[0]
    store.add([PlainEvent("a.b", 3, f"{3:016x}-00", "late", 3, {"event.action": "a.b"})], [], [])
    assert [row["event.sequence"] for row in store.scan(Everything(), None, Span())] == [5, 7, 3]
    for one in opened:
        one.close()
