"""Retention in the embedded store: events, frames and alerts before a moment are deleted, a few at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from sentinel.errors import StoreError

_PASS = 1000  # rows of a transaction, so that the worker is not held up
_COUNT = {
    "events": "SELECT count(*) FROM events WHERE id < :id",
    "frames": "SELECT count(*) FROM frames WHERE time < :time",
    "alerts": "SELECT count(*) FROM alerts WHERE last < :time",
}
_DELETE = {
    "events": "DELETE FROM events WHERE arrived IN (SELECT arrived FROM events WHERE id < :id LIMIT :pass)",
    "frames": "DELETE FROM frames WHERE event_id IN (SELECT event_id FROM frames WHERE time < :time LIMIT :pass)",
    "history": "DELETE FROM history WHERE alert_id IN (SELECT id FROM alerts WHERE last < :time LIMIT :pass)",
    "alerts": "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE last < :time LIMIT :pass)",
}


def old(path: Path, before: int) -> Mapping[str, int]:
    """How many rows are from before a moment (nanoseconds), by table; raises `StoreError`."""
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            return {name: connection.execute(sql, _values(before)).fetchone()[0] for name, sql in _COUNT.items()}
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
    count = sum(connection.execute(sql, _values(before)).rowcount for sql in _DELETE.values())
    connection.execute("COMMIT")
    return count


def _values(before: int) -> dict[str, object]:
    return {"time": before, "id": f"{max(0, before):016x}", "pass": _PASS}
