"""Counts of cells and edges are those of the rows, whatever the parts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.store.backends import expiry
from sentinel.store.backends.counting import BITS, counted
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from tests.contract.test_store import event

CELL = 1 << BITS
TIMES = sorted({random.Random(number).randrange(40 * CELL) for number in range(300)} | {CELL, 2 * CELL - 1, 2 * CELL})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Events of two kinds over forty cells; some came twice."""
    made = SqliteStore(tmp_path / "events.db")
    for some in (TIMES[:200], TIMES[150:]):
        made.add([event(time, kind=_kind(time)) for time in some], [], [])
    yield made
    made.close()


def _kind(time: int) -> str:
    return "a.b" if time % 3 else "c.d"


@pytest.mark.parametrize("width", [CELL // 3, CELL, 3 * CELL, 7 * CELL + 5, 100 * CELL])
@pytest.mark.parametrize("kinds", [None, ["a.b"], ["a.b", "c.d"], []])
def test_counts_are_those_of_the_rows(store: SqliteStore, width: int, kinds: list[str] | None) -> None:
    start, end = CELL // 2, 39 * CELL + 7
    expected = [
        sum(1 for time in TIMES if each <= time < min(each + width, end) and (kinds is None or _kind(time) in kinds))
        for each in range(start, end, width)
    ]
    assert counted(store._connection, kinds, start, end, width) == expected


@pytest.mark.parametrize("query", ["", "event.action:a.b", "-event.action:a.b", "event.action:*"])
def test_a_histogram_of_kinds_is_that_of_looking_at_every_event(store: SqliteStore, query: str) -> None:
    """A term that always holds has the store look at them."""
    for span in (Span(), Span(5 * CELL + 3, 30 * CELL), Span(39 * CELL, None), Span(90 * CELL, 91 * CELL)):
        looked = store.event_histogram(f"({query or 'event.id:*'}) event.id:*", span, 11)
        assert store.event_histogram(query, span, 11) == looked


def test_what_is_deleted_is_not_counted(store: SqliteStore, tmp_path: Path) -> None:
    expiry.expire(tmp_path / "events.db", 2**62)
    assert store._connection.execute("SELECT count(*) FROM cells").fetchone() == (0,)
    assert store.event_histogram("", Span(), 3).total == 0
