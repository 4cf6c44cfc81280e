"""The embedded store: SQLite in WAL mode, one file, shared by the worker (writes) and the door (reads, triage).

Rows of events are appended in the order in which they came, whatever their times, so that a batch touches few pages.
Event ids start with the packet time in hex, so their index is the time order: a span is a range of ids, and a cursor is
an id. Every batch is one transaction, synchronised before it returns.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import sqlite3
import threading
import time as clock
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from sentinel.errors import ConflictError, CryptoError, QueryError, StoreError
from sentinel.model.alert import Alert, AlertState, ClosingReason, HistoryEntry, Severity, Triage
from sentinel.model.document import event_document
from sentinel.model.event import Event, Frame, Value
from sentinel.model.personal import mentioned
from sentinel.model.triage import Change, changed, differences, reopened
from sentinel.store.backends.appending import Row, append
from sentinel.store.backends.counting import LAST_ID, counted, outermost
from sentinel.store.backends.expiry import marked
from sentinel.store.backends.narrowing import kinds_of, narrowest, rows_of
from sentinel.store.backends.sql import Sql, condition
from sentinel.store.backends.upgrading import Told, logged, upgrade
from sentinel.store.base import AlertFilter, AlertRecord, Document, Histogram, Page, Span
from sentinel.store.codec import dump_alert, hidden, load_alert, searchable, thawed
from sentinel.store.identifiers import IDENTIFY, Identifiers, Rows
from sentinel.store.moment import time_of
from sentinel.store.query import Everything, Query, parse, unmapped
from sentinel.store.sealing import Clear, Originals, Sealing, asked, restored

SEARCH_SECONDS = 3.0  # a search that takes longer answers with what it has, and says so
_CACHE_KIB = 16 * 1024  # so much that a batch of some thousand events does not spill while it is written
_PAGE = 8192  # octets, in a new file: documents have some hundred, so that little of a page is left empty
_OPEN_SECONDS = 10.0  # to wait for others who open the same new file
_SCHEMA = Path(__file__).with_name("sqlite.sql")
_CLEAR = Clear()
FrameRow = tuple[str, int, int, int, bytes, bool, int]


class SqliteStore:
    """A `Store` in one SQLite file; safe to use from several threads and processes."""

    def __init__(self, path: Path | str, sealing: Sealing = _CLEAR, told: Told = logged) -> None:
        """`told` hears how far the events of an earlier version are indexed."""
        self._path, self._told = Path(path), told
        self._sealing = sealing
        self._identifiers = Identifiers(sealing)
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        with _translated():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare(clock.monotonic() + _OPEN_SECONDS)

    def _prepare(self, deadline: float) -> None:
        """Write-ahead logging and the schema, both kept in the file.

        SQLite refuses the former at once, whatever the time-out, while another process does the same.
        """
        while True:
            try:
                self._connection.execute(f"PRAGMA page_size = {_PAGE}")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
                upgrade(self._connection, self._told)
            except sqlite3.OperationalError as error:
                if (
                    error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                    or clock.monotonic() > deadline
                ):
                    raise
                clock.sleep(0.02)
            else:
                return

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, isolation_level=None, timeout=10, check_same_thread=False)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.create_function("in_network", 2, _in_network, deterministic=True)
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _translated():
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:  # a full disk has rolled it back already
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    # Events

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """See `Store.add`."""
        originals = dict[str, str]()
        with _translated():
            rows = {event.id: self._row(event, originals) for event in events}
            told = [hidden(alert, self._sealing, originals) for alert in alerts]
        with _translated():
            kept = self._kept(proofs, originals)
        now = clock.time_ns()
        with self._transaction() as connection:
            marked(connection, now)
            append(connection, rows)
            self._keep(connection, kept)
            for alert in told:
                _put_alert(connection, alert, now)
        self._identifiers.stored(kept[1])

    def keep(self, proofs: Sequence[Event], originals: Originals) -> None:
        """Durably store the frames of evidence, and what pseudonyms stand for, of events that are stored elsewhere."""
        with _translated():
            kept = self._kept(proofs, originals)
        if not any(kept):
            return
        with self._transaction() as connection:
            self._keep(connection, kept)
        self._identifiers.stored(kept[1])

    def _kept(self, proofs: Sequence[Event], originals: Originals) -> tuple[list[FrameRow], Rows]:
        """Rows of frames and identifiers, sealed."""
        frames = [self._frame(event, *each) for event in proofs for each in enumerate(event.frames)]
        return frames, self._identifiers.sealed(originals)

    @staticmethod
    def _keep(connection: sqlite3.Connection, kept: tuple[list[FrameRow], Rows]) -> None:
        connection.executemany(
            f"INSERT OR IGNORE INTO frames ({_FRAME}, written) VALUES (?, ?, ?, ?, ?, ?, ?)", kept[0]
        )
        connection.executemany(IDENTIFY, kept[1])

    def _row(self, event: Event, originals: dict[str, str]) -> Row:
        document, found = self._sealing.hide(event_document(event))
        originals.update(found)
        return event.kind, document

    def _frame(self, event: Event, number: int, frame: Frame) -> FrameRow:
        on = self._sealing.on
        data = self._sealing.seal("frames", f"{event.id}/{number}", frame.data) if on else frame.data
        return event.id, number, frame.time, frame.link_type, data, on, clock.time_ns()

    def event(self, event_id: str) -> Document | None:
        """See `Store.event`."""
        with _translated():
            row = self._connection.execute("SELECT doc FROM events WHERE id = ?", (event_id,)).fetchone()
        return thawed(row[0]) if row else None

    def events(self, query: str, span: Span, limit: int, cursor: str | None = None) -> Page[Document]:
        """See `Store.events`."""
        where, values = self._matching(asked(parse(query), self._sealing), span, cursor)
        rows, partial = self._search(
            f"SELECT id, doc FROM events {where} ORDER BY id DESC LIMIT ?", [*values, limit + 1]
        )
        shown = rows[:limit]
        more = shown[-1][0] if shown and (len(rows) > limit or partial) else None
        return Page([thawed(doc) for _, doc in shown], more, partial)

    def _matching(self, tree: Query, span: Span, cursor: str | None = None) -> Sql:
        """What follows `FROM events` to find, in the order of ids, what matches: by terms, by kind, or by time alone."""
        test, values = condition(tree, "doc")
        since, until = _id_range(span)
        if cursor:
            time_of(cursor)
        bounds: list[object] = [since, min(cursor or LAST_ID, until)]
        with _translated():
            rows = rows_of(self._connection, tree)
        if rows is not None:  # the plus keeps SQLite from walking along the ids all the same
            inside = "arrived IN (SELECT value FROM json_each(?)) AND +id >= ? AND +id < ?"
            return f"WHERE {inside} AND {test}", [orjson.dumps(rows).decode(), *bounds, *values]
        kinds = narrowest(tree, self.kinds())
        if kinds is not None and len(kinds) == 1:
            return f"INDEXED BY events_by_kind WHERE kind = ? AND id >= ? AND id < ? AND {test}", [
                *kinds,
                *bounds,
                *values,
            ]
        return f"WHERE id >= ? AND id < ? AND {test}", [*bounds, *values]

    def event_histogram(self, query: str, span: Span, buckets: int) -> Histogram:
        """See `Store.event_histogram`."""
        tree = asked(parse(query), self._sealing)
        kinds = kinds_of(tree, self.kinds())
        if kinds is not None:
            return Histogram(self._counted(None if isinstance(tree, Everything) else sorted(kinds), span, buckets))
        where, values = self._matching(tree, span)
        rows, partial = self._search(f"SELECT id FROM events {where}", values)
        times = [int(row[0][:16], 16) for row in rows]
        if not times:
            return Histogram((), partial)
        start, end, width = _parts(span, buckets, min(times), max(times))
        counts = [0] * max(1, -(-(end - start) // width))
        for time in times:
            counts[(time - start) // width] += 1
        return Histogram([(start + number * width, count) for number, count in enumerate(counts)], partial)

    def _counted(self, kinds: Sequence[str] | None, span: Span, buckets: int) -> Sequence[tuple[int, int]]:
        """The histogram of these kinds or of all events, without looking at any."""
        with _translated():
            found = outermost(self._connection, kinds, *_id_range(span))
            if found is None:
                return ()
            start, end, width = _parts(span, buckets, *found)
            counts = counted(self._connection, kinds, start, end, width)
        return [(start + number * width, count) for number, count in enumerate(counts)]

    def frames(self, event_ids: Sequence[str]) -> Sequence[Frame]:
        """See `Store.frames`."""
        sql = f"SELECT {_FRAME} FROM frames WHERE event_id IN (SELECT value FROM json_each(?))"
        with _translated():
            rows = self._connection.execute(sql, (orjson.dumps(list(event_ids)).decode(),)).fetchall()
            return [Frame(*row) for row in sorted({self._unsealed(row) for row in rows})]

    def _unsealed(self, row: tuple[Any, ...]) -> tuple[int, int, bytes]:
        event_id, number, time, link_type, data, sealed = row
        return time, link_type, self._sealing.open("frames", f"{event_id}/{number}", data) if sealed else data

    def originals(self, pseudonyms: Iterable[str]) -> Originals:
        """See `Store.originals`."""
        with _translated():
            return self._identifiers.originals(self._connection, pseudonyms)

    def kinds(self) -> Sequence[str]:
        """See `Store.kinds`."""
        with _translated():
            return [kind for (kind,) in self._connection.execute(_KINDS)]

    def scan(self, wanted: Query, kinds: Sequence[str] | None, span: Span) -> Iterator[Document]:
        """See `Store.scan`."""
        where, values = condition(self._scanned(wanted), "doc")
        if kinds is not None:
            where = f"+kind IN (SELECT value FROM json_each(?)) AND {where}"
            values = [orjson.dumps(list(kinds)).decode(), *values]
        sql = f"SELECT doc FROM events WHERE id >= ? AND id < ? AND {where} ORDER BY arrived"
        with _translated():
            for (doc,) in self._connection.execute(sql, [*_id_range(span), *values]):
                document = thawed(doc)
                yield restored(document, self.originals(mentioned(doc))) if self._sealing.on else document

    def _scanned(self, wanted: Query) -> Query:
        """Who scans judges again: what cannot be asked of sealed fields is left to them."""
        try:
            return asked(wanted, self._sealing)
        except QueryError:
            return Everything()

    def _search(self, sql: str, values: list[object]) -> tuple[list[tuple[Any, ...]], bool]:
        """Rows, and whether the time budget cut the search short."""
        deadline = clock.monotonic() + SEARCH_SECONDS
        rows: list[tuple[Any, ...]] = []
        connection = self._connection
        connection.set_progress_handler(lambda: clock.monotonic() > deadline, 10_000)
        try:
            with _translated():
                rows.extend(connection.execute(sql, values))
        except StoreError as error:
            if isinstance(error.__cause__, sqlite3.OperationalError) and "interrupted" in str(error.__cause__):
                return rows, True
            raise
        finally:
            connection.set_progress_handler(None, 0)
        return rows, False

    # Alerts

    def alerts(self, wanted: AlertFilter, limit: int, cursor: str | None = None) -> Page[AlertRecord]:
        """See `Store.alerts`."""
        where, values = self._wanted(wanted)
        if cursor is not None:
            last, _, alert_id = cursor.partition(":")
            if not re.fullmatch(r"\d{1,18}|[1-8]\d{18}", last, re.ASCII):
                raise QueryError("a cursor is what the page before gave", 1)
            where, values = f"{where} AND (last, id) < (?, ?)", [*values, int(last), alert_id]
        sql = f"SELECT {_RECORD} FROM alerts WHERE {where} ORDER BY last DESC, id DESC LIMIT ?"
        rows, partial = self._search(sql, [*values, limit + 1])
        records = [_record(row) for row in rows[:limit]]
        more = (
            f"{records[-1].alert.last}:{records[-1].alert.id}" if len(rows) > limit or (partial and records) else None
        )
        return Page(records, more, partial)

    def alert(self, alert_id: str) -> AlertRecord | None:
        """See `Store.alert`."""
        with _translated():
            row = self._connection.execute(f"SELECT {_RECORD} FROM alerts WHERE id = ?", (alert_id,)).fetchone()
        return _record(row) if row else None

    def alert_counts(self, wanted: AlertFilter) -> Mapping[str, Mapping[str, int]]:
        """See `Store.alert_counts`."""
        where, values = self._wanted(wanted)
        counts: dict[str, Mapping[str, int]] = {}
        for column in ("state", "severity", "rule"):
            rows, _ = self._search(f"SELECT {column}, count(*) FROM alerts WHERE {where} GROUP BY 1", values)
            name = (lambda key: list(Severity)[key].value) if column == "severity" else str
            counts[column] = {name(key): number for key, number in rows}
        return counts

    def _wanted(self, wanted: AlertFilter) -> tuple[str, list[object]]:
        parts: list[tuple[str, list[object]]] = [condition(asked(parse(wanted.text), self._sealing), "search")]
        listed = (("state", wanted.states), ("severity", [s.rank for s in wanted.severities]), ("rule", wanted.rules))
        for column, values in listed:
            if values:
                parts.append((f"{column} IN ({', '.join('?' * len(values))})", list(values)))
        if wanted.assignee:
            parts.append(("assignee = ?", ["" if wanted.assignee == "-" else wanted.assignee]))
        if wanted.span.since is not None:
            parts.append(("last >= ?", [wanted.span.since]))
        if wanted.span.until is not None:
            parts.append(("first < ?", [wanted.span.until]))
        return " AND ".join(text for text, _ in parts), [value for _, values in parts for value in values]

    def triage(self, alert_id: str, change: Change, actor: str, time: int, expected: int) -> AlertRecord:
        """See `Store.triage`."""
        with self._transaction() as connection:
            row = connection.execute(f"SELECT {_RECORD} FROM alerts WHERE id = ?", (alert_id,)).fetchone()
            if row is None:
                raise StoreError(f"there is no alert `{alert_id}`")
            before = _record(row).triage
            if before.version != expected:
                raise ConflictError(f"alert `{alert_id}` was changed meanwhile; look again")
            after = changed(before, change)
            connection.execute(
                "UPDATE alerts SET state = ?, reason = ?, assignee = ?, version = ?, written = ? WHERE id = ?",
                (after.state, after.reason, after.assignee, after.version, clock.time_ns(), alert_id),
            )
            _remember(connection, alert_id, differences(before, after, change.note, actor, time))
        record = self.alert(alert_id)
        assert record is not None  # noqa: S101  # it was there in the transaction, and alerts are not deleted here
        return record

    def history(self, alert_id: str) -> Sequence[HistoryEntry]:
        """See `Store.history`."""
        sql = "SELECT time, actor, what, before, after, note FROM history WHERE alert_id = ? ORDER BY number"
        with _translated():
            return [HistoryEntry(*row) for row in self._connection.execute(sql, (alert_id,))]

    # Status

    def put_status(self, name: str, status: Mapping[str, Value]) -> None:
        """See `Store.put_status`."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO status VALUES (?, ?)", (name, orjson.dumps(dict(status)).decode())
            )

    def status(self, name: str) -> Mapping[str, Value]:
        """See `Store.status`."""
        with _translated():
            row = self._connection.execute("SELECT doc FROM status WHERE name = ?", (name,)).fetchone()
        return thawed(row[0]) if row else {}


_KINDS = """
WITH RECURSIVE found (kind) AS (
    SELECT min(kind) FROM events UNION ALL
    SELECT (SELECT min(kind) FROM events WHERE kind > found.kind) FROM found WHERE found.kind IS NOT NULL
) SELECT kind FROM found WHERE kind IS NOT NULL
"""  # a step in the index for each kind, where DISTINCT would read all of it


def _parts(span: Span, buckets: int, first: int, last: int) -> tuple[int, int, int]:
    """Start, end and width of the equal parts of a span; where it is open, of what lies in it."""
    start = span.since if span.since is not None else first
    end = span.until if span.until is not None else last + 1
    return start, end, max(1, -(-(end - start) // buckets))


_RECORD = "doc, state, reason, assignee, version"
_FRAME = "event_id, number, time, link_type, data, sealed"


def _remember(connection: sqlite3.Connection, alert_id: str, entries: Sequence[HistoryEntry]) -> None:
    connection.executemany(
        "INSERT INTO history (alert_id, time, actor, what, before, after, note) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(alert_id, e.time, e.actor, e.what, e.before, e.after, e.note) for e in entries],
    )


def _put_alert(connection: sqlite3.Connection, alert: Alert, now: int) -> None:
    """Insert an alert, or let a later revision (a higher count) replace the one there; triage stays."""
    row = connection.execute(f"SELECT count, {_RECORD} FROM alerts WHERE id = ?", (alert.id,)).fetchone()
    search = orjson.dumps(searchable(alert)).decode()
    whole = dump_alert(alert).decode()
    if row is None:
        connection.execute(
            "INSERT INTO alerts (id, first, last, count, severity, rule, doc, search, written)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (alert.id, alert.first, alert.last, alert.count, alert.severity.rank, alert.rule.slug, whole, search, now),
        )
        return
    if alert.count <= row[0]:
        return  # a replay of what is known
    connection.execute(
        "UPDATE alerts SET first = ?, last = ?, count = ?, severity = ?, doc = ?, search = ?, written = ? WHERE id = ?",
        (alert.first, alert.last, alert.count, alert.severity.rank, whole, search, now, alert.id),
    )
    triage = _record(row[1:]).triage
    again = reopened(triage)
    if again is not None:
        connection.execute(
            "UPDATE alerts SET state = ?, reason = NULL, version = ? WHERE id = ?",
            (again.state, again.version, alert.id),
        )
        note = f"{alert.count - row[0]} more"
        _remember(connection, alert.id, differences(triage, again, note, "sentinel", alert.last))


def _record(row: tuple[Any, ...]) -> AlertRecord:
    doc, state, reason, assignee, version = row
    triage = Triage(AlertState(state), ClosingReason(reason) if reason else None, assignee, version)
    return AlertRecord(load_alert(doc), triage)


def _id_range(span: Span) -> tuple[str, str]:
    """Ids at or after the first and before the second lie in the span."""
    since = "" if span.since is None else f"{max(0, span.since):016x}"
    until = LAST_ID if span.until is None else f"{max(0, span.until):016x}"
    return since, until


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, OverflowError, CryptoError) as error:
        raise StoreError(f"the embedded store cannot do this: {error}") from error


@functools.lru_cache(maxsize=65536)
def _in_network(value: object, network: str) -> bool:
    try:
        return unmapped(ipaddress.ip_address(str(value))) in _network(network)
    except ValueError:
        return False


@functools.lru_cache(maxsize=256)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text)
