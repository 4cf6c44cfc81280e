"""The store on Elasticsearch: events in a data stream, alerts in an index, and an embedded store beside them.

What belongs to this installation alone stays in the data folder: what its parts say of themselves, the frames of
evidence, and what pseudonyms stand for. So it is there while the cluster is away, and no identifier ever reaches that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import NotFoundError

from sentinel.errors import QueryError, StoreError
from sentinel.model.alert import Alert, HistoryEntry, Severity
from sentinel.model.document import event_document, timestamp
from sentinel.model.event import Event, Frame, Value
from sentinel.model.fields import FieldSpec
from sentinel.model.personal import mentioned
from sentinel.store.backends.elasticsearch import mappings
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.alerts import OF, Alerts, readable
from sentinel.store.backends.elasticsearch.bulk import Bulk
from sentinel.store.backends.elasticsearch.documents import (
    ALERTS,
    AUDIT,
    DEAD_LETTERS,
    EVENTS,
    Batch,
    Clock,
    arrived_of,
    audit_lines,
    pack,
    plain,
    unpack,
    with_texts,
)  # fmt: skip
from sentinel.store.backends.elasticsearch.dsl import Dsl, Translation
from sentinel.store.backends.elasticsearch.failures import old, translated
from sentinel.store.backends.elasticsearch.install import install, installed
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, AlertRecord, Change, Document, Histogram, Page, Span
from sentinel.store.codec import hidden
from sentinel.store.moment import LATEST, time_of
from sentinel.store.query import Everything, Query, parse
from sentinel.store.sealing import Clear, Originals, Sealing, asked, restored

SEARCH_SECONDS = 3  # a search that takes longer answers with what it has, and says so
_ANSWERED_WITHIN = SEARCH_SECONDS + 5.0  # also on the way: a page does not wait longer for a cluster that is away
_SCANNED = 2000  # documents of a scan that are fetched at once
_PIT = "2m"
_MOST = 10_000  # kinds, rules
_CLEAR = Clear()
_AWAY = frozenset(("no_shard_available_action_exception", "node_disconnected_exception", "node_not_connected_exception",
                   "node_closed_exception"))  # why shards do not answer for a while  # fmt: skip
_NEWEST = [{"@timestamp": {"order": "desc"}}, {"event.id": {"order": "desc"}}]


class ElasticsearchStore:
    """A `Store` in a cluster, and in `local` what belongs to this installation; safe to use from several threads."""

    def __init__(
        self, address: Address, local: SqliteStore, catalogue: Mapping[str, FieldSpec], sealing: Sealing = _CLEAR
    ) -> None:
        self.address = address
        self.client = address.client()
        self._local, self._sealing, self._catalogue = local, sealing, catalogue
        self._fields = mappings.known(catalogue)
        self._copied = mappings.copied(self._fields)
        self._clock = Clock()
        self._ready = False
        self._bulk = Bulk(self.client, self.stream(DEAD_LETTERS))
        self._alerts = Alerts(self.client, self._bulk, self.index, self._copied)

    def stream(self, dataset: str) -> str:
        """The data stream of a dataset."""
        return f"logs-{dataset}-{self.address.namespace}"

    @property
    def index(self) -> str:
        """The index of alerts that people work on."""
        return f"sentinel-alerts-{self.address.namespace}"

    @property
    def refused(self) -> int:
        """Documents that were put aside since the start."""
        return self._bulk.refused

    def close(self) -> None:
        """See `Store.close`."""
        self.client.close()
        self._local.close()

    def connect(self) -> None:
        """See that there is a cluster that we can work with; raises `StoreError` that says what is wrong."""
        if self._ready:
            return
        self.greet()
        installed(self.client, self.index, self._catalogue)
        self._ready = True

    def greet(self) -> None:
        """See that there is a cluster of a version that we can work with; raises `StoreError`."""
        with translated():
            version = str(self.client.info()["version"]["number"])
        if said := old(version):
            raise StoreError(said)

    def prepare_templates(self) -> None:
        """Put the templates there, and no index: before a snapshot is put back. Raises `StoreError`."""
        self.greet()
        install(self.client, self._catalogue)

    # Writing: `prepare` needs keys and the data folder, `send` needs the cluster

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """See `Store.add`."""
        for batch in self.prepare(events, alerts, proofs):
            self.send(unpack(batch))
        if alerts:
            self.bring_copies()

    def prepare(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> list[bytes]:
        """Batches for `send`; what is kept here of them is kept when this returns."""
        originals = dict[str, str]()
        with translated():
            documents = [(event.id, self._hidden(event, originals)) for event in events]
            told = [hidden(alert, self._sealing, originals) for alert in alerts]
        self._local.keep(proofs, originals)
        return pack(documents, told, self._clock.take(len(documents)))

    def _hidden(self, event: Event, originals: dict[str, str]) -> Document:
        document, found = self._sealing.hide(event_document(event))
        originals.update(found)
        return with_texts(document, self._copied)

    def send(self, batch: Batch, *, doubtful: bool = False) -> None:
        """Write a batch; raises `StoreError`, and then the same may be written again.

        `doubtful` if it may have been written before.
        """
        self.connect()
        self._bulk.create(self.stream(EVENTS), batch.body, since=batch.arrived if doubtful else None)
        if batch.alerts:
            self._alerts.put(batch.alerts)

    def bring_copies(self) -> None:
        """Bring the copies that alerts owe; raises `StoreError`, and then they are owed still."""
        before = set[str]()
        while True:
            self._settle()
            owing = self._alerts.owing()
            names = {each.record.alert.id for each in owing}
            if names <= before:  # none, or what could not be noted: with the next look
                return
            before = names
            copies = [copy.encode() for each in owing for copy in each.owed]
            self._bulk.create(self.stream(ALERTS), b"".join(copies), since=min(map(arrived_of, copies)))
            self._alerts.paid(owing)

    def put_audit(self, documents: Sequence[tuple[str, Mapping[str, Value]]], *, since: int | None) -> None:
        """Write records of the audit log, by their numbers; raises `StoreError`.

        `since` is when they were recorded, in nanoseconds, if they may have been written before.
        """
        self.connect()
        self._bulk.create(self.stream(AUDIT), b"".join(map(audit_lines, documents)), since=since)

    def refresh(self) -> None:
        """Have searches see all that was written."""
        with translated():
            streams = [self.stream(dataset) for dataset in (EVENTS, ALERTS, AUDIT, DEAD_LETTERS)]
            self.client.indices.refresh(index=[*streams, self.index], ignore_unavailable=True)

    # Events

    def _search(self, index: str, **body: Any) -> Mapping[str, Any]:
        """An answer, whole or in part (`_cut_short`); none of what does not exist yet."""
        with translated():
            answer: Mapping[str, Any] = (
                self.client.options(request_timeout=_ANSWERED_WITHIN)
                .search(
                    index=index, timeout=f"{SEARCH_SECONDS}s", ignore_unavailable=True, allow_no_indices=True, **body
                )
                .body
            )
        failures = [each["reason"] for each in answer["_shards"].get("failures") or ()]
        wrong = [each for each in failures if each["type"] not in _AWAY]
        if wrong and not answer["timed_out"]:
            raise StoreError(f"elasticsearch: a search failed: {wrong[0].get('reason') or wrong[0]['type']}")
        return answer

    def _asked(self, query: str) -> Query:
        return asked(parse(query), self._sealing)

    def _wanted(self, tree: Query, span: Span) -> dict[str, Any]:
        translation = Translation(self._fields)
        terms = [translation.of(tree), *_within(span)]
        return {"query": {"bool": {"filter": terms}}, **_runtime(translation)}

    def event(self, event_id: str) -> Document | None:
        """See `Store.event`."""
        hits = self._search(self.stream(EVENTS), query={"ids": {"values": [event_id]}}, size=1)["hits"]["hits"]
        return plain(hits[0]["_source"]) if hits else None

    def events(self, query: str, span: Span, limit: int, cursor: str | None = None) -> Page[Document]:
        """See `Store.events`."""
        wanted = self._wanted(self._asked(query), span)
        after = {"search_after": [time_of(cursor), cursor]} if cursor else {}
        answer = self._search(
            self.stream(EVENTS), **wanted, sort=_NEWEST, size=limit + 1, track_total_hits=False, **after
        )
        hits, partial = answer["hits"]["hits"], _cut_short(answer)
        rows = [plain(hit["_source"]) for hit in hits[:limit]]
        more = str(rows[-1]["event.id"]) if rows and (len(hits) > limit or partial) else None
        return Page(rows, more, partial)

    def kinds(self) -> Sequence[str]:
        """See `Store.kinds`."""
        aggs = {"kinds": {"terms": {"field": "event.action", "size": _MOST}}}
        answer = self._search(self.stream(EVENTS), size=0, track_total_hits=False, aggs=aggs)
        return sorted(bucket["key"] for bucket in _buckets(answer, "kinds"))

    def scan(self, wanted: Query, kinds: Sequence[str] | None, span: Span) -> Iterator[Document]:
        """See `Store.scan`."""
        body = self._wanted(self._scanned(wanted), span)
        if kinds is not None:
            body["query"]["bool"]["filter"].append({"terms": {"event.action": list(kinds)}})
        last = ""
        for source in self._all(body):
            document = plain(source)
            if document["event.id"] == last:  # in two backing indices, one after the other
                continue
            last = str(document["event.id"])
            yield restored(document, self.originals(mentioned(str(source)))) if self._sealing.on else document

    def _scanned(self, wanted: Query) -> Query:
        """Who scans judges again: what cannot be asked of sealed fields is left to them."""
        try:
            return asked(wanted, self._sealing)
        except QueryError:
            return Everything()

    def _all(self, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """All documents, in order of arrival, as of one moment."""
        try:
            with translated():
                pit = self.client.open_point_in_time(index=self.stream(EVENTS), keep_alive=_PIT)["id"]
        except StoreError as error:
            if isinstance(error.__cause__, NotFoundError):  # nothing was stored yet
                return
            raise
        after: dict[str, Any] = {}
        try:
            while True:
                with translated():
                    answer = self.client.search(
                        pit={"id": pit, "keep_alive": _PIT}, sort=[{mappings.ARRIVED: "asc"}], size=_SCANNED,
                        track_total_hits=False, allow_partial_search_results=False, **body, **after,
                    )  # fmt: skip
                hits = answer["hits"]["hits"]
                yield from (hit["_source"] for hit in hits)
                if len(hits) < _SCANNED:
                    return
                pit, after = answer["pit_id"], {"search_after": hits[-1]["sort"]}
        finally:
            self.client.options(ignore_status=404).close_point_in_time(id=pit)

    def event_histogram(self, query: str, span: Span, buckets: int) -> Histogram:
        """See `Store.event_histogram`."""
        wanted = self._wanted(self._asked(query), span)
        start = span.since if span.since is not None else self._outermost(wanted, "asc")
        last = span.until - 1 if span.until is not None else self._outermost(wanted, "desc")
        if start is None or last is None:
            return Histogram()
        end = last + 1
        width = max(1, -(-(end - start) // buckets))
        starts = range(start, max(end, start + 1), width)
        parts = {str(each): {"bool": {"filter": _within(Span(each, min(each + width, end)))}} for each in starts}
        answer = self._search(
            self.stream(EVENTS), **wanted, size=0, track_total_hits=False,
            aggs={"parts": {"filters": {"filters": parts}}},
        )  # fmt: skip
        counted = answer["aggregations"]["parts"]["buckets"]
        counts = [(each, counted[str(each)]["doc_count"]) for each in starts]
        return Histogram(counts if any(count for _, count in counts) else (), _cut_short(answer))

    def _outermost(self, wanted: Mapping[str, Any], order: str) -> int | None:
        """The time of the first or last match."""
        answer = self._search(
            self.stream(EVENTS), **wanted, sort=[{"@timestamp": {"order": order}}], size=1, track_total_hits=False,
            source=["event.id"],
        )  # fmt: skip
        hits = answer["hits"]["hits"]
        return int(hits[0]["_source"]["event.id"][:16], 16) if hits else None

    # Alerts

    def alerts(self, wanted: AlertFilter, limit: int, cursor: str | None = None) -> Page[AlertRecord]:
        """See `Store.alerts`."""
        self._settle()
        after = {"search_after": _place(cursor)} if cursor is not None else {}
        sort = [{f"{OF}last": {"order": "desc"}}, {f"{OF}id": {"order": "desc"}}]
        answer = self._search(
            self.index, **self._filtered(wanted), sort=sort, size=limit + 1, track_total_hits=False, **after
        )
        hits, partial = answer["hits"]["hits"], _cut_short(answer)
        shown = hits[:limit]
        more = "{}:{}".format(*shown[-1]["sort"]) if shown and (len(hits) > limit or partial) else None
        return Page([each.record for each in readable(shown)], more, partial)

    def _settle(self) -> None:
        """Whoever changed an alert finds it changed: cheap where nothing did."""
        with translated():
            self.client.indices.refresh(index=self.index, ignore_unavailable=True)

    def _filtered(self, wanted: AlertFilter) -> dict[str, Any]:
        translation = Translation(self._fields)
        terms = [translation.of(self._asked(wanted.text)), {"exists": {"field": f"{OF}id"}}]
        listed = (("state", [state.value for state in wanted.states]),
                  ("severity", [severity.rank for severity in wanted.severities]), ("rule", list(wanted.rules)))  # fmt: skip
        terms += [{"terms": {f"{OF}{name}": values}} for name, values in listed if values]
        if wanted.assignee:
            terms.append({"term": {f"{OF}assignee": "" if wanted.assignee == "-" else wanted.assignee}})
        if wanted.span.since is not None:
            terms.append({"range": {f"{OF}last": {"gte": wanted.span.since}}})
        if wanted.span.until is not None:
            terms.append({"range": {f"{OF}first": {"lt": wanted.span.until}}})
        return {"query": {"bool": {"filter": terms}}, **_runtime(translation)}

    def alert(self, alert_id: str) -> AlertRecord | None:
        """See `Store.alert`."""
        found = self._alerts.get(alert_id)
        return found.record if found else None

    def alert_counts(self, wanted: AlertFilter) -> Mapping[str, Mapping[str, int]]:
        """See `Store.alert_counts`."""
        self._settle()
        names = ("state", "severity", "rule")
        aggs = {name: {"terms": {"field": f"{OF}{name}", "size": _MOST}} for name in names}
        answer = self._search(self.index, **self._filtered(wanted), size=0, track_total_hits=False, aggs=aggs)
        said = {name: {str(b["key"]): b["doc_count"] for b in _buckets(answer, name)} for name in names}
        ranks = {str(severity.rank): severity.value for severity in Severity}
        return {**said, "severity": {ranks[rank]: count for rank, count in said["severity"].items() if rank in ranks}}

    def triage(self, alert_id: str, change: Change, actor: str, time: int, expected: int) -> AlertRecord:
        """See `Store.triage`."""
        return self._alerts.triage(alert_id, change, actor, time, expected)

    def history(self, alert_id: str) -> Sequence[HistoryEntry]:
        """See `Store.history`."""
        found = self._alerts.get(alert_id)
        return list(found.history) if found else []

    # What belongs to this installation

    def frames(self, event_ids: Sequence[str]) -> Sequence[Frame]:
        """See `Store.frames`."""
        return self._local.frames(event_ids)

    def originals(self, pseudonyms: Iterable[str]) -> Originals:
        """See `Store.originals`."""
        return self._local.originals(pseudonyms)

    def put_status(self, name: str, status: Mapping[str, Value]) -> None:
        """See `Store.put_status`."""
        self._local.put_status(name, status)

    def status(self, name: str) -> Mapping[str, Value]:
        """See `Store.status`."""
        return self._local.status(name)


def _cut_short(answer: Mapping[str, Any]) -> bool:
    """Whether the budget ran out, or a shard has no node that answers."""
    return bool(answer["timed_out"] or answer["_shards"]["failed"])


def _within(span: Span) -> list[Dsl]:
    bounds = {
        name: timestamp(min(max(moment, 0), LATEST))
        for name, moment in (("gte", span.since), ("lt", span.until))
        if moment is not None
    }
    return [{"range": {"@timestamp": bounds}}] if bounds else []


def _runtime(translation: Translation) -> dict[str, Any]:
    return {"runtime_mappings": translation.runtime} if translation.runtime else {}


def _buckets(answer: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = answer.get("aggregations", {}).get(name, {}).get("buckets", ())
    return found


def _place(cursor: str) -> list[object]:
    last, _, alert_id = cursor.partition(":")
    if not (last.isascii() and last.isdigit() and int(last) <= LATEST):
        raise QueryError("a cursor is what the page before gave", 1)
    return [int(last), alert_id]
