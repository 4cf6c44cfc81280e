"""What narrows a search leaves no match out, and reads few rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.store.backends import narrowing
from sentinel.store.backends.narrowing import kinds_of, narrowest, rows_of, terms_of, words
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from sentinel.store.query import parse
from tests.contract.test_store import event

KINDS = ["nas.registration_request", "nas.service_request", "pfcp.heartbeat"]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """To a store with two terminals, one of which writes its name in capitals."""
    store = SqliteStore(tmp_path / "events.db")
    store.add(
        [event(1, fiveg__supi="1001", source__ip="10.0.0.1"), event(2, fiveg__supi="1002", user__name="ANN")], [], []
    )
    store.add([event(3, fiveg__supi="1001", source__ip="::ffff:10.0.0.2"), event(1)], [], [])
    yield store._connection
    store.close()


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("fiveg.supi:1001", [1, 3]),
        ("fiveg.supi:1001 source.ip:10.0.0.1", [1]),
        ("fiveg.supi:1001 -source.ip:10.0.0.1", [1, 3]),
        ("source.ip:10.0.0.2", [3]),
        ("source.ip:1001", []),
        ("user.name:ann OR fiveg.supi:nobody", [2]),
        ("user.name:ann OR fiveg.dnn:ot", None),
        ("fiveg.supi:100*", None),
        ('user.name:"ann b"', None),
        ("1001", None),
        ("", None),
    ],
)
def test_rows_that_can_match(connection: sqlite3.Connection, query: str, rows: list[int] | None) -> None:
    assert rows_of(connection, parse(query)) == rows


def test_where_there_are_too_many_rows_nothing_is_narrowed(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "MOST", 1)
    assert rows_of(connection, parse("fiveg.supi:1001")) is None
    assert rows_of(connection, parse("fiveg.supi:1002")) == [2]


def test_what_is_forgotten_is_found_no_more(connection: sqlite3.Connection) -> None:
    narrowing.forget(connection, connection.execute("SELECT arrived, doc FROM events WHERE arrived = 1").fetchall())
    assert rows_of(connection, parse("fiveg.supi:1001")) == [3]


def test_a_field_keeps_its_letter() -> None:
    """An index that is there already is asked by it."""
    document = {"source.ip": "::1", "fiveg.supi": ("1", "2"), "fiveg.ran_ue_ngap_id": 7, "fiveg.dnn": "ot"}
    assert set(terms_of(document).split()) == {"a::1", "d1", "d2", "m7"}
    assert words(parse("dhcp.assigned_ip:10.0.0.9")) == '("v10.0.0.9" OR "v::ffff:10.0.0.9")'
    assert len(set(narrowing._CODES.values())) == len(narrowing._CODES)


@pytest.mark.parametrize(
    ("query", "whole", "some"),
    [
        ("", 3, None),
        ("event.action:NAS.registration_request", 1, 1),
        ("event.action:nas.*", 2, 2),
        ("-event.action:nas.*", 1, 1),
        ("event.action:nas.* (event.action:pfcp.* OR event.action:*service*)", 1, 1),
        ("event.action:nas.s* fiveg.supi:1", None, 1),
        ("event.action:nas.* OR fiveg.supi:1", None, None),
    ],
)
def test_kinds_that_can_match(query: str, whole: int | None, some: int | None) -> None:
    for found, count in ((kinds_of(parse(query), KINDS), whole), (narrowest(parse(query), KINDS), some)):
        assert (None if found is None else len(found)) == count


def test_a_search_reads_the_rows_of_its_terms_or_its_kind(tmp_path: Path) -> None:
    """As SQLite plans it: along no other rows, and in order without sorting where it is by kind."""
    store = SqliteStore(tmp_path / "events.db")
    store.add([event(1, fiveg__supi="1001")], [], [])
    for query, plan in (
        ("fiveg.supi:1001", "SEARCH events USING INTEGER PRIMARY KEY (rowid=?)"),
        (
            "event.action:nas.registration_request",
            "SEARCH events USING INDEX events_by_kind (kind=? AND id>? AND id<?)",
        ),
        ("fiveg.dnn:ot", "SEARCH events USING INDEX sqlite_autoindex_events_1 (id>? AND id<?)"),
    ):
        where, values = store._matching(parse(query), Span())
        sql = f"EXPLAIN QUERY PLAN SELECT id, doc FROM events {where} ORDER BY id DESC LIMIT 51"
        steps = [row[3] for row in store._connection.execute(sql, values)]
        assert steps[0] == plan
        assert ("USE TEMP B-TREE FOR ORDER BY" in steps) is ("PRIMARY KEY" in plan)
    store.close()
