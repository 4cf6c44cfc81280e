"""A store of an earlier version is taken over by whoever opens it first, also when two do at once."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from sentinel.model.event import PlainEvent
from sentinel.store.backends import expiry, upgrading
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from sentinel.store.query import Everything
from tests.contract.test_store import alert, event

EARLIEST = """\
CREATE TABLE events (id TEXT PRIMARY KEY, kind TEXT NOT NULL, doc TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO events VALUES ('0000000000000005-00', 'a.b', '{"event.action": "a.b", "event.sequence": 5}');
INSERT INTO events VALUES ('0000000000000007-00', 'a.b', '{"event.action": "a.b", "event.sequence": 7, "user.name": "Ann"}');
"""
EARLIER = (
    EARLIEST
    + """\
ALTER TABLE events ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;
UPDATE events SET arrived = 2 WHERE id = '0000000000000005-00';
UPDATE events SET arrived = 1 WHERE id = '0000000000000007-00';
"""
)


@pytest.mark.parametrize(("script", "order"), [(EARLIEST, [5, 7, 3]), (EARLIER, [7, 5, 3])])
def test_events_of_an_earlier_version_come_first_in_the_order_that_is_known(
    tmp_path: Path, script: str, order: list[int]
) -> None:
    path = tmp_path / "events.db"
    earlier = sqlite3.connect(path)
    earlier.executescript(script)
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
    assert [row["event.sequence"] for row in store.scan(Everything(), None, Span())] == order
    assert store.event_histogram("", Span(), 2).total == 3
    assert [row["event.sequence"] for row in store.events("user.name:ann", Span(), 9).rows] == [7]
    for one in opened:
        one.close()


def test_what_noted_no_arrival_is_kept_as_if_it_came_at_the_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    store = SqliteStore(path)
    store.add([event(1), event(2)], [alert()], [event(1)])
    store.close()
    earlier = sqlite3.connect(path)
    earlier.executescript(
        "DROP TABLE arrivals; ALTER TABLE alerts DROP COLUMN written; ALTER TABLE frames DROP COLUMN written"
    )
    earlier.close()
    SqliteStore(path).close()
    assert not any(expiry.old(path, time.time_ns()).values())
    assert expiry.old(path, time.time_ns() + 2 * 86_400 * 10**9) == {"events": 2, "frames": 1, "alerts": 1}


def test_indexing_goes_on_where_a_kill_ended_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was indexed before is not indexed again, and nothing is found by half an index."""
    monkeypatch.setattr(upgrading, "_AT_ONCE", 3)
    path = tmp_path / "events.db"
    store = SqliteStore(path)
    store.add([event(number, user__name=f"user{number}") for number in range(1, 11)], [], [])
    store.close()
    earlier = sqlite3.connect(path)
    earlier.executescript("INSERT INTO terms (terms) VALUES ('delete-all'); DELETE FROM cells; DROP TABLE indexing")
    earlier.close()

    def killed(done: int, last: int) -> None:
        assert (done, last) == (3, 10)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SqliteStore(path, told=killed)
    told: list[int] = []
    store = SqliteStore(path, told=lambda done, _: told.append(done))
    assert told == [6, 9, 10]
    for number in range(1, 11):
        assert [row["event.sequence"] for row in store.events(f"user.name:user{number}", Span(), 9).rows] == [number]
    assert store.event_histogram("", Span(), 2).total == 10
    store.close()
