"""Retention in the embedded store: events, frames and alerts that came before a moment are deleted, a few at a time.

What counts is when they came, whatever the time of the packets: a capture of last year that is read today is kept from
today on. Rows of events are in order of arrival, so that one mark a day says when they came (`marked`). An alert came when
its last revision did, or when somebody last worked on it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import orjson

from sentinel.errors import StoreError
from sentinel.store.backends import counting, narrowing

_DAY = 86_400 * 1_000_000_000
_PASS = 1000  # rows of a transaction, so that the worker is not held up
_MARK = "INSERT OR IGNORE INTO arrivals (day, first) SELECT ?, coalesce(max(arrived), 0) + 1 FROM events"
_UNMARKED = """
INSERT INTO arrivals (day, first)
    SELECT ?, 0 WHERE EXISTS (SELECT 1 FROM events) AND NOT EXISTS (SELECT 1 FROM arrivals)
"""
# The least mark of that day or later, should a clock have been wrong: rather kept too long than too short.
_FIRST = """
SELECT coalesce((SELECT min(first) FROM arrivals WHERE day >= ?), (SELECT max(arrived) + 1 FROM events), 0)
"""
_COUNT = {
    "events": "SELECT count(*) FROM events WHERE arrived < :first",
    "frames": "SELECT count(*) FROM frames WHERE written < :time",
    "alerts": "SELECT count(*) FROM alerts WHERE written < :time",
}
_SOME = "SELECT arrived, doc FROM events WHERE arrived < :first ORDER BY arrived LIMIT :pass"
_DELETE = {
    "frames": "DELETE FROM frames WHERE event_id IN (SELECT event_id FROM frames WHERE written < :time LIMIT :pass)",
    "history": "DELETE FROM history WHERE alert_id IN (SELECT id FROM alerts WHERE written < :time LIMIT :pass)",
    "alerts": "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE written < :time LIMIT :pass)",
}
# INVARIANT: numbers of rows begin anew in an empty table, so that no mark outlives its rows.
_UNMARK = "DELETE FROM arrivals WHERE day < ? OR NOT EXISTS (SELECT 1 FROM events)"


def marked(connection: sqlite3.Connection, now: int) -> None:
    """Note where the rows of today begin, before some are added; `now` in nanoseconds."""
    connection.execute(_MARK, (now // _DAY,))


def mark_unknown(connection: sqlite3.Connection, now: int) -> None:
    """Rows of an earlier version, which noted no arrival, are kept as if they came today."""
    connection.execute(_UNMARKED, (now // _DAY,))


def old(path: Path, before: int) -> Mapping[str, int]:
    """How many rows came before the day of a moment (nanoseconds), by table; raises `StoreError`."""
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            values = _values(connection, before)
            return {name: connection.execute(sql, values).fetchone()[0] for name, sql in _COUNT.items()}
    except sqlite3.Error as error:
        raise StoreError(f"`{path}` cannot be read: {error}") from error


def expire(path: Path, before: int) -> None:
    """Delete them; raises `StoreError`, and then some may be left."""
    try:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
            while _deleted(connection, before):
                pass
    except sqlite3.Error as error:
        raise StoreError(f"`{path}` cannot forget what is old: {error}") from error


def _deleted(connection: sqlite3.Connection, before: int) -> int:
    """One pass over all tables; the history of an alert goes with it."""
    connection.execute("BEGIN IMMEDIATE")
    values = _values(connection, before)
    count = _deleted_events(connection, values)
    count += sum(connection.execute(sql, values).rowcount for sql in _DELETE.values())
    connection.execute(_UNMARK, (before // _DAY,))
    connection.execute("COMMIT")
    return count


def _deleted_events(connection: sqlite3.Connection, values: Mapping[str, int]) -> int:
    """Some events, with what finds and counts them."""
    rows = connection.execute(_SOME, values).fetchall()
    numbers = orjson.dumps([number for number, _ in rows]).decode()
    counting.removed(connection, numbers)
    narrowing.forget(connection, rows)
    connection.execute("DELETE FROM events WHERE arrived IN (SELECT value FROM json_each(?))", (numbers,))
    return len(rows)


def _values(connection: sqlite3.Connection, before: int) -> dict[str, int]:
    day = before // _DAY
    (first,) = connection.execute(_FIRST, (day,)).fetchone()
    return {"first": first, "time": day * _DAY, "pass": _PASS}
