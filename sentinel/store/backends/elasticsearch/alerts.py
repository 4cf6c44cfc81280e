"""Alerts in an ordinary index: one document an alert, with its triage and its history, changed only as it was read.

The document is the searchable fields of the alert (`sentinel.store.codec.searchable`), and under `sentinel.alert.` what
the alert is and what people made of it. Every change names the sequence number of what it changes; who comes second is
told, or reads again. What a new alert or a change of triage owes to the stream of copies for Kibana is part of the same
write, and goes there by the worker, however long that stream takes nothing: what people did is there or not, and so is its
copy. Documents of others in the index are left alone, and said.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from elasticsearch import ConflictError as Changed
from elasticsearch import Elasticsearch, NotFoundError

from sentinel.errors import ConflictError, StoreError
from sentinel.model.alert import Alert, AlertState, ClosingReason, HistoryEntry, Triage
from sentinel.model.triage import Change, changed, differences, reopened
from sentinel.store.backends.elasticsearch.bulk import Bulk, Refused, passes, refused, taken, why
from sentinel.store.backends.elasticsearch.documents import copy_of, with_texts
from sentinel.store.backends.elasticsearch.failures import translated
from sentinel.store.base import AlertRecord
from sentinel.store.codec import dump_alert, load_alert, searchable

_LOG = logging.getLogger(__name__)
OF = "sentinel.alert."
WRITTEN = f"{OF}written"  # when the last revision came or somebody worked on it, for retention
_TRIES = 10
_OWING = f"{OF}owing"
_AT_ONCE = 500  # alerts whose copies are brought
_CHANGED = 409
_NO_INDEX = "index_not_found_exception"


@dataclass(frozen=True, slots=True)
class Kept:
    """A record with its history, copies that it owes, and where the index has come to with it; `None` is a new one."""

    record: AlertRecord
    history: tuple[HistoryEntry, ...] = ()
    place: tuple[int, int] | None = None
    owed: tuple[str, ...] = ()

    def document(self, copied: frozenset[str]) -> dict[str, Any]:
        """As it is indexed."""
        alert, triage = self.record.alert, self.record.triage
        working = {
            "id": alert.id, "first": alert.first, "last": alert.last, "count": alert.count,
            "severity": alert.severity.rank, "rule": alert.rule.slug, "state": triage.state.value,
            "reason": triage.reason.value if triage.reason else None, "assignee": triage.assignee,
            "version": triage.version, "whole": dump_alert(alert).decode(),
            "history": orjson.dumps(list(self.history)).decode(), "written": time.time_ns(),
            "owed": list(self.owed), "owing": len(self.owed),
        }  # fmt: skip
        return {**with_texts(searchable(alert), copied), **{f"{OF}{name}": value for name, value in working.items()}}


def kept(hit: Mapping[str, Any]) -> Kept:
    """What a hit or an answer to a get holds; raises `StoreError` where that is no alert."""
    try:
        said = {name.removeprefix(OF): value for name, value in hit["_source"].items() if name.startswith(OF)}
        reason = ClosingReason(said["reason"]) if said["reason"] else None
        triage = Triage(AlertState(said["state"]), reason, said["assignee"], said["version"])
        history = tuple(HistoryEntry(**entry) for entry in orjson.loads(said["history"]))
        record = AlertRecord(load_alert(said["whole"]), triage)
        return Kept(record, history, _place(hit), tuple(said.get("owed") or ()))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"document `{hit['_id']}` in `{hit['_index']}` is no alert of ours ({error!r})") from error


def readable(hits: Iterable[Mapping[str, Any]]) -> Iterator[Kept]:
    """The alerts among hits; what is none is said."""
    for hit in hits:
        try:
            yield kept(hit)
        except StoreError as error:
            _LOG.warning("%s; it is left out", error)


def _place(hit: Mapping[str, Any]) -> tuple[int, int] | None:
    return (hit["_seq_no"], hit["_primary_term"]) if "_seq_no" in hit else None


def revised(before: Kept | None, alert: Alert) -> Kept | None:
    """An alert as it is now: new, or with a later revision (a higher count); none where that was known."""
    if before is None:
        record = AlertRecord(alert, Triage())
        return Kept(record, owed=(copy_of(record).decode(),))
    known, triage = before.record.alert, before.record.triage
    if alert.count <= known.count:
        return None
    again = reopened(triage)
    if again is None:
        return replace(before, record=AlertRecord(alert, triage))
    told = differences(triage, again, f"{alert.count - known.count} more", "sentinel", alert.last)
    record = AlertRecord(alert, again)
    return replace(
        before, record=record, history=(*before.history, *told), owed=(*before.owed, copy_of(record).decode())
    )


class Alerts:
    """The index of alerts."""

    def __init__(self, client: Elasticsearch, bulk: Bulk, index: str, copied: frozenset[str]) -> None:
        self._client, self._bulk, self._index, self._copied = client, bulk, index, copied

    def get(self, alert_id: str) -> Kept | None:
        """One alert as it is at this moment."""
        try:
            with translated():
                return kept(self._client.get(index=self._index, id=alert_id).body)
        except StoreError as error:
            if isinstance(error.__cause__, NotFoundError):
                return None
            raise

    def put(self, alerts: Sequence[Alert]) -> None:
        """Take new alerts and later revisions; triage stays. Raises `StoreError`."""
        waiting = list(alerts)
        for _ in range(_TRIES):
            if not waiting:
                return
            waiting = self._put(waiting)
        if waiting:
            raise StoreError("elasticsearch: alerts are changed all the time; they are tried again")

    def _put(self, alerts: Sequence[Alert]) -> list[Alert]:
        """Write once; what was changed by others meanwhile is left."""
        before, places = self._many({alert.id for alert in alerts})
        after = dict[str, Kept]()
        for alert in alerts:
            new = revised(after.get(alert.id, before.get(alert.id)), alert)
            if new is not None:
                after[alert.id] = replace(new, place=places.get(alert.id))
        lost = self._write(list(after.values()))
        return [alert for alert in alerts if alert.id in lost]

    def _write(self, changes: Sequence[Kept]) -> set[str]:
        """Those that somebody else was faster with. What is refused is put aside; raises `StoreError` for what passes."""
        if not changes:
            return set()
        lines = [orjson.dumps(each.document(self._copied)) for each in changes]
        body = b"".join(b"%s\n%s\n" % (_action(each), line) for each, line in zip(changes, lines, strict=True))
        lost, dead = set[str](), list[Refused]()
        said = self._bulk.send(self._index, body, stream=False)
        for each, line, item in zip(changes, lines, said, strict=True) if said else ():
            alert = each.record.alert
            if item["status"] == _CHANGED:
                lost.add(alert.id)
            elif not taken(item) and passes(item):
                raise StoreError(f"elasticsearch: {why(item)}")
            elif not taken(item):
                dead.append(refused(f"{alert.id}-{alert.count}-{each.record.triage.version}", line, item))
        self._bulk.bury(dead)
        return lost

    def _many(self, names: set[str]) -> tuple[dict[str, Kept], dict[str, tuple[int, int]]]:
        """The alerts of these ids that there are, and the places of whatever has these ids."""
        try:
            with translated():
                answer = self._client.mget(index=self._index, ids=sorted(names))
        except StoreError as error:
            if isinstance(error.__cause__, NotFoundError):  # there is no alert yet
                return {}, {}
            raise
        for each in answer["docs"]:
            if (wrong := each.get("error")) and wrong.get("type") != _NO_INDEX:
                raise StoreError(f"elasticsearch: {wrong.get('reason') or wrong.get('type')}")
        found = [hit for hit in answer["docs"] if hit.get("found")]
        places = {hit["_id"]: place for hit in found if (place := _place(hit))}
        return {each.record.alert.id: each for each in readable(found)}, places

    def triage(self, alert_id: str, change: Change, actor: str, time: int, expected: int) -> AlertRecord:
        """See `Store.triage`."""
        found = self.get(alert_id)
        if found is None or found.place is None:
            raise StoreError(f"there is no alert `{alert_id}`")
        before = found.record.triage
        if before.version != expected:
            raise _conflict(alert_id)
        after = changed(before, change)
        history = (*found.history, *differences(before, after, change.note, actor, time))
        record = AlertRecord(found.record.alert, after)
        new = replace(found, record=record, history=history, owed=(*found.owed, copy_of(record).decode()))
        try:
            with translated():
                self._client.index(
                    index=self._index, id=alert_id, document=new.document(self._copied),
                    if_seq_no=found.place[0], if_primary_term=found.place[1],
                )  # fmt: skip
        except StoreError as error:
            if isinstance(error.__cause__, Changed):
                raise _conflict(alert_id) from error
            raise
        return new.record

    def owing(self) -> list[Kept]:
        """Some of the alerts that owe copies."""
        with translated():
            found = self._client.search(
                index=self._index, query={"range": {_OWING: {"gt": 0}}}, size=_AT_ONCE, seq_no_primary_term=True,
                ignore_unavailable=True,
            )  # fmt: skip
        return list(readable(found["hits"]["hits"]))

    def paid(self, brought: Sequence[Kept]) -> None:
        """Note that their copies are there; who was changed meanwhile owes them until the next time."""
        self._write([replace(each, owed=()) for each in brought])


def _action(each: Kept) -> bytes:
    alert_id = each.record.alert.id
    if each.place is None:
        return orjson.dumps({"create": {"_id": alert_id}})
    return orjson.dumps({"index": {"_id": alert_id, "if_seq_no": each.place[0], "if_primary_term": each.place[1]}})


def _conflict(alert_id: str) -> ConflictError:
    return ConflictError(f"alert `{alert_id}` was changed meanwhile; look again")
