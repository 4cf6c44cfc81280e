"""The Store contract, held by every backend."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.errors import ConflictError, QueryError, StoreError, TriageError
from sentinel.model.alert import (
    Alert,
    AlertState,
    Clause,
    ClosingReason,
    Domain,
    Evidence,
    RuleRef,
    Severity,
    Stage,
)
from sentinel.model.event import Frame, PlainEvent, Value
from sentinel.store.backends import sqlite
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Change, Histogram, Span, Store
from sentinel.store.query import Everything, Exists
from sentinel.store.sealing import Clear
from tests.sealed import personal
from tests.stores import BACKENDS, opened

RULE = RuleRef(
    slug="gtp-in-gtp", id="8d3b4f0e-0000-4000-8000-000000000001", version="abc", title="Encapsulated GTP",
    title_zh="GTP套娃", description="", description_zh="", severity=Severity.CRITICAL, stages=(Stage.JUDGEMENT,),
    domain=Domain.NETWORK, tags=("fight.fgt1599.505",),
)  # fmt: skip


def event(number: int, **fields: str | int | bool | tuple[str, ...]) -> PlainEvent:
    kind = str(fields.pop("kind", "nas.registration_request"))
    flat = {name.replace("__", "."): value for name, value in fields.items()}
    frames = (Frame(number, 1, b"frame %d" % number),)
    return PlainEvent(kind, number, f"{number:016x}-00", "a.pcap", number, {"event.action": kind, **flat}, frames)


def alert(name: str = "a1", count: int = 1, last: int = 5, severity: Severity = Severity.CRITICAL) -> Alert:
    why = Clause("and", True, children=(Clause("source.ip = 10.45.0.2", True, "source.ip", "10.45.0.2"),))
    proof = (Evidence(f"{last:016x}-00", "gtpu.nested", last, "a.pcap", 3),)
    fields: dict[str, Value] = {"fiveg.supi": "999700000000001", "related.user": ("999700000000001", "2")}
    rule = dataclasses.replace(RULE, severity=severity)
    return Alert(name, rule, (("source.ip", "10.45.0.2"),), 1, last, count, fields, proof, why)


@pytest.fixture(
    params=[*BACKENDS, "sqlite, sealed", pytest.param("elasticsearch, sealed", marks=pytest.mark.elasticsearch)]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    sealing = personal(tmp_path) if "sealed" in request.param else Clear()
    backend = opened(request, tmp_path, sealing)
    yield backend
    backend.close()


def test_an_event_comes_back_as_its_document(store: Store) -> None:
    store.add([event(7, fiveg__plmn=("99970", "00101"), fiveg__nas__ciphered=True)], [], [])
    document = store.event(f"{7:016x}-00")
    assert document is not None
    assert document["@timestamp"] == "1970-01-01T00:00:00.000000007Z"
    assert document["fiveg.plmn"] == ("99970", "00101")
    assert document["fiveg.nas.ciphered"] is True
    assert store.event("nothing") is None


def test_writing_twice_is_writing_once(store: Store) -> None:
    for _ in range(2):
        store.add([event(1), event(2)], [alert()], [event(1)])
    assert len(store.events("", Span(), 10).rows) == 2
    assert len(store.alerts(AlertFilter(), 10).rows) == 1
    assert len(store.frames([f"{1:016x}-00"])) == 1


def test_a_scan_goes_in_order_of_arrival(store: Store) -> None:
    store.add([event(5, kind="a.b"), event(3, kind="c.d")], [], [])
    store.add([event(3, kind="c.d"), event(4, kind="a.b"), event(9, kind="a.b", fiveg__dnn="ot")], [], [])
    assert store.kinds() == ["a.b", "c.d"]
    whole = [row["event.sequence"] for row in store.scan(Everything(), None, Span())]
    assert whole == [5, 3, 4, 9]
    assert [row["event.sequence"] for row in store.scan(Everything(), ["a.b"], Span(4, 9))] == [5, 4]
    assert [row["event.sequence"] for row in store.scan(Exists("fiveg.dnn"), None, Span())] == [9]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3, 2, 1]),
        ("event.action:nas.*", [2, 1]),
        ("fiveg.nas.cause:20", [2]),
        ("fiveg.nas.cause:>=20", [2]),
        ("fiveg.nas.cause:>20", []),
        ("source.ip:10.45.0.0/16", [3]),
        ("source.ip:*", [3]),
        ("-source.ip:*", [2, 1]),
        ("NOT source.ip:*", [2, 1]),
        ("fiveg.plmn:00101", [1]),
        ("fiveg.nas.ciphered:true", [1]),
        ("MAC_FAIL", [2]),
        ('"mac_failure"', [2]),
        ("mac%failure", []),
        ("10.45.0.9 OR fiveg.nas.cause:20", [3, 2]),
        ("event.action:nas.* (fiveg.plmn:00101 OR fiveg.plmn:99970) -fiveg.nas.cause:20", [1]),
        ("event.action:NAS.REGISTRATION_REQUEST", [1]),
    ],
)
def test_queries(store: Store, query: str, found: list[int]) -> None:
    store.add(
        [
            event(1, fiveg__plmn=("99970", "00101"), fiveg__nas__ciphered=True),
            event(2, kind="nas.authentication_failure", fiveg__nas__cause=20, fiveg__nas__cause_name="mac_failure"),
            event(3, kind="flow.started", source__ip="10.45.0.9"),
        ],
        [],
        [],
    )
    assert [document["event.sequence"] for document in store.events(query, Span(), 10).rows] == found


@pytest.mark.parametrize(("query", "column"), [("(a", 3), ('x "abc', 3), ("a)", 2), ("fiveg.supi:", 12)])
def test_a_wrong_query_names_the_column(store: Store, query: str, column: int) -> None:
    with pytest.raises(QueryError) as caught:
        store.events(query, Span(), 10)
    assert caught.value.column == column


def test_paging_gives_every_event_once(store: Store) -> None:
    store.add([event(number) for number in range(1, 8)], [], [])
    seen: list[object] = []
    cursor = None
    while True:
        page = store.events("", Span(2, 7), 2, cursor)
        seen += [document["event.sequence"] for document in page.rows]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [6, 5, 4, 3, 2]


def test_the_histogram_counts_every_match(store: Store) -> None:
    store.add([event(number) for number in (0, 1, 5, 9)], [], [])
    assert store.event_histogram("", Span(0, 10), 2) == Histogram([(0, 2), (5, 2)])
    assert store.event_histogram("", Span(), 3).total == 4
    assert store.event_histogram("nothing", Span(), 3).parts == ()


@pytest.mark.parametrize("cursor", ["x", "ffffffffffffffff-x", "000000000000000G-00", "５" * 16 + "-00"])
def test_a_cursor_that_no_page_gave_is_refused(store: Store, cursor: str) -> None:
    store.add([event(1)], [alert()], [])
    for ask in (
        lambda: store.events("", Span(), 2, cursor),
        lambda: store.alerts(AlertFilter(), 2, cursor),
    ):
        with pytest.raises(QueryError, match="a cursor is what the page before gave"):
            ask()


@pytest.mark.parametrize(
    "text",
    ["sentinel.arrived:*", "event.dataset:*", "sentinel.arrived:>0", "event.dataset:sentinel.event",
     "sentinel.alert.state:new", "sentinel.alert.count:>=1", "event.dataset:s*"],
)  # fmt: skip
def test_what_a_store_adds_for_itself_is_not_found(store: Store, text: str) -> None:
    store.add([event(1)], [alert()], [])
    assert store.events(text, Span(), 2).rows == []
    assert store.alerts(AlertFilter(text=text), 2).rows == []
    assert len(store.events(f"NOT {text}", Span(), 2).rows) == 1


def test_an_alert_comes_back_equal(store: Store) -> None:
    told = dataclasses.replace(alert(), fields={"source.ip": "10.45.0.2", "related.user": ("2",)})
    store.add([], [told], [])
    record = store.alert("a1")
    assert record is not None
    assert record.alert == told


def test_a_later_revision_replaces_and_an_earlier_does_not(store: Store) -> None:
    for revision in (alert(count=1, last=5), alert(count=4, last=9), alert(count=2, last=6)):
        store.add([], [revision], [])
    record = store.alert("a1")
    assert record is not None
    assert (record.alert.count, record.alert.last) == (4, 9)


def test_alerts_are_filtered_counted_and_paged(store: Store) -> None:
    store.add([], [alert(f"a{n}", last=n, severity=Severity.LOW if n % 2 else Severity.HIGH) for n in range(1, 6)], [])
    low = AlertFilter(severities=(Severity.LOW,))
    assert [r.alert.id for r in store.alerts(low, 10).rows] == ["a5", "a3", "a1"]
    assert store.alert_counts(AlertFilter())["severity"] == {"low": 3, "high": 2}
    first = store.alerts(AlertFilter(), 3)
    rest = store.alerts(AlertFilter(), 3, first.cursor)
    assert [r.alert.id for r in (*first.rows, *rest.rows)] == ["a5", "a4", "a3", "a2", "a1"]
    assert rest.cursor is None
    assert len(store.alerts(AlertFilter(text="fiveg.supi:999700000000001 rule.name:gtp*"), 10).rows) == 5
    assert store.alerts(AlertFilter(text="rule.name:other"), 10).rows == []
    assert len(store.alerts(AlertFilter(assignee="-"), 10).rows) == 5


def test_triage_is_remembered_and_guarded(store: Store) -> None:
    store.add([], [alert()], [])
    with pytest.raises(TriageError, match="needs a reason"):
        store.triage("a1", Change(state=AlertState.CLOSED), "ann", 100, 0)
    closing = Change(AlertState.CLOSED, ClosingReason.FALSE_POSITIVE, "ann", "our own test")
    record = store.triage("a1", closing, "ann", 100, 0)
    assert (record.triage.state, record.triage.assignee, record.triage.version) == (AlertState.CLOSED, "ann", 1)
    with pytest.raises(ConflictError):
        store.triage("a1", Change(note="late"), "bob", 101, 0)
    history = store.history("a1")
    assert [(e.what, e.before, e.after) for e in history] == [
        ("state", "new", "closed:false_positive"),
        ("assignee", "", "ann"),
    ]
    assert history[0].note == "our own test"
    with pytest.raises(StoreError, match="no alert"):
        store.triage("zz", Change(note="x"), "ann", 100, 0)


@pytest.mark.parametrize(
    ("reason", "state"),
    [(ClosingReason.TRUE_POSITIVE, AlertState.NEW), (ClosingReason.FALSE_POSITIVE, AlertState.CLOSED)],
)
def test_more_of_a_true_positive_reopens_it(store: Store, reason: ClosingReason, state: AlertState) -> None:
    store.add([], [alert(count=1)], [])
    store.triage("a1", Change(AlertState.CLOSED, reason), "ann", 100, 0)
    store.add([], [alert(count=3, last=9)], [])
    record = store.alert("a1")
    assert record is not None
    assert record.triage.state is state
    assert (store.history("a1")[-1].actor == "sentinel") is (state is AlertState.NEW)


def test_frames_come_back_in_time_order_and_once(store: Store) -> None:
    store.add([], [], [event(3), event(1), event(3)])
    assert [frame.time for frame in store.frames([f"{3:016x}-00", f"{1:016x}-00", "gone"])] == [1, 3]


def test_status_is_what_was_last_said(store: Store) -> None:
    assert store.status("worker") == {}
    store.put_status("worker", {"packets": 1})
    store.put_status("worker", {"packets": 2, "sources": ("a", "b")})
    assert store.status("worker") == {"packets": 2, "sources": ("a", "b")}


def test_reopening_finds_everything(tmp_path: Path) -> None:
    for number in (1, 2):
        store = SqliteStore(tmp_path / "store.db")
        store.add([event(number)], [], [])
        store.close()
    assert len(SqliteStore(tmp_path / "store.db").events("", Span(), 10).rows) == 2


def test_what_was_not_counted_in_time_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a list and in a histogram alike."""
    store = SqliteStore(tmp_path / "store.db")
    store.add([event(number) for number in range(1, 2000)], [], [])
    assert not store.event_histogram("registration", Span(), 3).partial
    monkeypatch.setattr(sqlite, "SEARCH_SECONDS", -1)
    assert store.events("registration", Span(), 5000).partial
    assert store.event_histogram("registration", Span(), 3).partial
    store.close()


def test_many_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        for store in list(pool.map(lambda _: SqliteStore(tmp_path / "new.db"), range(16))):
            assert store.status("worker") == {}
            store.close()
