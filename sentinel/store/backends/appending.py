"""Rows of events into the embedded store, with what finds and counts them.

A statement takes many rows: the interpreter's lock is given up once for it, and not once for each row, so that a thread that
stores waits a few times for one that reckons beside it, and not a thousand times.
"""

from __future__ import annotations

import functools
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

import orjson

from sentinel.store.backends import counting
from sentinel.store.backends.narrowing import note
from sentinel.store.base import Document

Row = tuple[str, Document]  # the kind of an event, and its document
_MOST = 512  # rows of a statement; what is left takes a half of that, and so on, so that few statements are prepared


def append(connection: sqlite3.Connection, rows: Mapping[str, Row]) -> None:
    """Add rows of events that are not there yet, by their ids."""
    (last,) = connection.execute("SELECT coalesce(max(arrived), 0) FROM events").fetchone()
    wanted = [(name, kind, orjson.dumps(document).decode()) for name, (kind, document) in rows.items()]
    new = rows.keys() if _inserted(connection, wanted) == len(rows) else _behind(connection, last)
    note(connection, last + 1, [rows[name][1] for name in new])
    counting.added(connection, Counter((int(name[:8], 16), rows[name][0]) for name in new))


def _behind(connection: sqlite3.Connection, last: int) -> list[str]:
    """The ids of the rows that were added; some were there before, and those that were not are numbered without a gap."""
    sql = "SELECT id FROM events WHERE arrived > ? ORDER BY arrived"
    return [name for (name,) in connection.execute(sql, (last,))]


def _inserted(connection: sqlite3.Connection, rows: Sequence[tuple[str, str, str]]) -> int:
    """How many of the rows were not there."""
    count, at, size = 0, 0, _MOST
    while at < len(rows):
        while size > len(rows) - at:
            size //= 2
        values = [value for row in rows[at : at + size] for value in row]
        count, at = count + connection.execute(_insert(size), values).rowcount, at + size
    return count


@functools.cache
def _insert(size: int) -> str:
    return f"INSERT OR IGNORE INTO events (id, kind, doc) VALUES {', '.join(['(?, ?, ?)'] * size)}"
