"""Counts of events by kind and time in the embedded store, so that a histogram of millions does not read millions.

A cell holds how many events of a kind have a packet time within 2^32 ns (4.3 s), which is what eight digits of an event's id
stand for. What of a span is no whole cell is counted in the index of ids, so that counts are exact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import pairwise

BITS = 32
LAST_ID = "~"  # sorts after every id
_OF_ROWS = "SELECT substr(id, 1, 8), kind, count(*) FROM events WHERE arrived IN (SELECT value FROM json_each(?)) GROUP BY 1, 2"
_CHANGE = """
INSERT INTO cells (cell, kind, count) SELECT ?, ?, ? WHERE true
    ON CONFLICT (cell, kind) DO UPDATE SET count = count + excluded.count
"""

Cell = tuple[str, str, int]


def added(connection: sqlite3.Connection, after: int) -> None:
    """Count the rows behind this number."""
    sql = "SELECT substr(id, 1, 8), kind, count(*) FROM events WHERE arrived > ? GROUP BY 1, 2"
    _change(connection, connection.execute(sql, (after,)).fetchall(), 1)


def removed(connection: sqlite3.Connection, rows: str) -> None:
    """Count rows no more; their numbers are JSON."""
    cells = connection.execute(_OF_ROWS, (rows,)).fetchall()
    _change(connection, cells, -1)
    connection.executemany(
        "DELETE FROM cells WHERE cell = ? AND kind = ? AND count <= 0",
        [(int(cell, 16), kind) for cell, kind, _ in cells],
    )


def _change(connection: sqlite3.Connection, cells: Iterable[Cell], sign: int) -> None:
    connection.executemany(_CHANGE, [(int(cell, 16), kind, sign * count) for cell, kind, count in cells])


def counted(connection: sqlite3.Connection, kinds: Sequence[str] | None, start: int, end: int, width: int) -> list[int]:
    """How many events each part of the span has, of these kinds or of all."""
    edges = [*range(start, end, width), end]
    return [_between(connection, kinds, *each) for each in pairwise(edges)]


def _between(connection: sqlite3.Connection, kinds: Sequence[str] | None, start: int, end: int) -> int:
    first, last = -(-start >> BITS), end >> BITS
    if last <= first:
        return _exactly(connection, kinds, start, end)
    where, values = ("", []) if kinds is None else (f"AND kind IN ({', '.join('?' * len(kinds))})", list(kinds))
    sql = f"SELECT coalesce(sum(count), 0) FROM cells WHERE cell >= ? AND cell < ? {where}"
    (whole,) = connection.execute(sql, (first, last, *values)).fetchone()
    rest = ((start, first << BITS), (last << BITS, end))
    return int(whole) + sum(_exactly(connection, kinds, *each) for each in rest)


def _exactly(connection: sqlite3.Connection, kinds: Sequence[str] | None, start: int, end: int) -> int:
    if start >= end:
        return 0
    bounds = (f"{start:016x}", f"{end:016x}" if end < 1 << 64 else LAST_ID)
    if kinds is None:
        sql = "SELECT count(*) FROM events WHERE id >= ? AND id < ?"
        return int(connection.execute(sql, bounds).fetchone()[0])
    sql = "SELECT count(*) FROM events INDEXED BY events_by_kind WHERE kind = ? AND id >= ? AND id < ?"
    return sum(int(connection.execute(sql, (kind, *bounds)).fetchone()[0]) for kind in kinds)


def outermost(
    connection: sqlite3.Connection, kinds: Sequence[str] | None, since: str, until: str
) -> tuple[int, int] | None:
    """The times of the first and last event between two ids, of these kinds or of all; none where there is none."""
    asked = [("", [])] if kinds is None else [("kind = ? AND ", [kind]) for kind in kinds]
    found = [
        int(row[0][:16], 16)
        for where, values in asked
        for which in ("min", "max")
        for row in connection.execute(
            f"SELECT {which}(id) FROM events WHERE {where}id >= ? AND id < ?", [*values, since, until]
        )
        if row[0] is not None
    ]
    return (min(found), max(found)) if found else None
