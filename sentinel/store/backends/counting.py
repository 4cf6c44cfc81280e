"""Counts of events by kind and time in the embedded store, so that a histogram of millions does not read millions.

A cell holds how many events of a kind have a packet time within 2^32 ns (4.3 s), which is what eight digits of an event's id
stand for. What of a span is no whole cell is counted in the index of ids, so that counts are exact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import pairwise

import orjson

BITS = 32
LAST_ID = "~"  # sorts after every id
_OF_ROWS = "SELECT substr(id, 1, 8), kind, count(*) FROM events WHERE arrived IN (SELECT value FROM json_each(?)) GROUP BY 1, 2"
_CHANGE = """
INSERT INTO cells (cell, kind, count)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?) WHERE true
    ON CONFLICT (cell, kind) DO UPDATE SET count = count + excluded.count
"""

Cell = tuple[int, str]  # its number, and a kind


def added(connection: sqlite3.Connection, cells: Mapping[Cell, int]) -> None:
    """Count so many events more."""
    changes = [(*cell, count) for cell, count in cells.items()]
    connection.execute(_CHANGE, (orjson.dumps(changes).decode(),))


def count_all(connection: sqlite3.Connection) -> None:
    """Count all rows that there are."""
    rows = connection.execute("SELECT substr(id, 1, 8), kind, count(*) FROM events GROUP BY 1, 2")
    added(connection, {(int(cell, 16), kind): count for cell, kind, count in rows})


def removed(connection: sqlite3.Connection, rows: str) -> None:
    """Count rows no more; their numbers are JSON."""
    cells = {(int(cell, 16), kind): -count for cell, kind, count in connection.execute(_OF_ROWS, (rows,))}
    added(connection, cells)
    connection.executemany("DELETE FROM cells WHERE cell = ? AND kind = ? AND count <= 0", cells)


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
