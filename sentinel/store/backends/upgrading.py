"""A file of an earlier version is brought up by whoever opens it first, also when several do at once.

Indexing millions of events takes minutes: it is done in pieces, each a transaction that notes how far it came, so that it
goes on where a kill ended it. Nobody has opened the store before all of it is indexed, for a search by half an index
would leave out matches: whoever opens it meanwhile takes turns.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby

import orjson

from sentinel.store.backends import counting
from sentinel.store.backends.expiry import mark_unknown
from sentinel.store.backends.narrowing import note

Told = Callable[[int, int], None]
"""Hears how many events are indexed, and of how many."""

_LOG = logging.getLogger(__name__)
_BY_KIND = "CREATE INDEX IF NOT EXISTS events_by_kind ON events (kind, id)"
_AT_ONCE = 10_000  # rows of a piece
_ADD = "ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0"
_ADDED = (("frames", "sealed"), ("frames", "written"), ("alerts", "written"))
_APPENDED = """
ALTER TABLE events RENAME TO earlier;
CREATE TABLE events (arrived INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, doc TEXT NOT NULL);
INSERT INTO events (id, kind, doc) SELECT id, kind, doc FROM earlier ORDER BY {order};
DROP TABLE earlier;
DROP TABLE IF EXISTS counters;
"""
_PIECE = "SELECT arrived, doc FROM events WHERE arrived > ? AND arrived <= ? ORDER BY arrived LIMIT ?"


def logged(done: int, last: int) -> None:
    """Tell the log."""
    _LOG.warning("%d of %d events of an earlier version are indexed", done, last)


def upgrade(connection: sqlite3.Connection, told: Told) -> None:
    """Give a file what it lacks; returns when all of it is there."""
    with _whole(connection):
        _columns_added(connection)
        _appended(connection)
        connection.execute(_BY_KIND)
        _counted(connection)
        mark_unknown(connection, time.time_ns())
    while _place(connection) is not None:
        _index_piece(connection, told)


@contextmanager
def _whole(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction; worker and door open the file at once."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _columns_added(connection: sqlite3.Connection) -> None:
    for table, column in _ADDED:
        if column not in _columns(connection, table):
            connection.execute(_ADD.format(table=table, column=column))
            if column == "written":  # when it came was not noted: it is kept as if it came now
                connection.execute(f"UPDATE {table} SET written = ?", (time.time_ns(),))


def _appended(connection: sqlite3.Connection) -> None:
    """Rows of events in the order of arrival."""
    columns = _columns(connection, "events")
    if columns[0] != "arrived":
        order = "arrived, id" if "arrived" in columns else "id"
        for statement in _APPENDED.format(order=order).split(";"):
            connection.execute(statement)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _counted(connection: sqlite3.Connection) -> None:
    """Count what an earlier version stored, and note that it is to be indexed."""
    if connection.execute("SELECT 1 FROM cells LIMIT 1").fetchone():
        return
    counting.count_all(connection)
    connection.execute("INSERT INTO indexing SELECT -1, max(arrived) FROM events HAVING count(*) > 0")


def _place(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """How far rows are indexed, and the last one that is to be; none where all are."""
    row = connection.execute("SELECT done, last FROM indexing").fetchone()
    return (row[0], row[1]) if row else None


def _index_piece(connection: sqlite3.Connection, told: Told) -> None:
    with _whole(connection):
        place = _place(connection)
        if place is None:  # somebody else was faster
            return
        rows = connection.execute(_PIECE, (*place, _AT_ONCE)).fetchall()
        for _, run in groupby(enumerate(rows), lambda each: each[1][0] - each[0]):  # numbers without a gap
            together = [row for _, row in run]
            note(connection, together[0][0], (orjson.loads(doc) for _, doc in together))
        done = rows[-1][0] if rows else place[1]
        connection.execute("DELETE FROM indexing" if done >= place[1] else f"UPDATE indexing SET done = {done:d}")
    told(done, place[1])
