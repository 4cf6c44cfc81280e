"""Batches as they wait on disk and travel: a head with the alerts, and the body of a bulk request, compressed together.

What a batch needs of a key is done before it is made: it holds no identifier in clear where sealing is on.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sentinel.errors import StoreError
from sentinel.model.alert import Alert
from sentinel.model.document import alert_document, timestamp
from sentinel.model.event import Scalar, Value
from sentinel.store.backends.elasticsearch.mappings import ARRIVED, DATASET, TEXT, ours
from sentinel.store.base import AlertRecord, Document
from sentinel.store.codec import dump_alert, load_alert, thaw
from sentinel.store.query import UNSEARCHED

EVENTS, ALERTS, DEAD_LETTERS, AUDIT = "sentinel.event", "sentinel.alert", "sentinel.dead_letter", "sentinel.audit"
_FORMAT = 1
_LARGEST = (
    3 << 20
)  # octets of a batch before it is compressed, which may make nothing of it; a log takes records of 4 MiB
_LARGEST_DOCUMENT = 3 << 20  # what is larger is cut, and told
LARGEST_LETTER = 64 << 10  # octets of a document that is too large to be put aside as a whole
_QUICK = 1  # of zlib's levels
_HEAD = (DATASET.encode(), EVENTS.encode(), ARRIVED.encode())


@dataclass(frozen=True, slots=True)
class Batch:
    """Alerts, and lines of a bulk request: an action and a document in turn.

    `arrived`: when they came, in nanoseconds; nothing of it was written before. `size`: its octets.
    """

    alerts: tuple[Alert, ...]
    body: bytes
    arrived: int = 0
    size: int = 0

    @property
    def lines(self) -> list[bytes]:
        """The lines of the body."""
        return self.body.split(b"\n")[:-1]


class Clock:
    """Numbers that only rise, near the time in nanoseconds, so that they go on rising after a restart."""

    def __init__(self) -> None:
        self._last = 0

    def take(self, count: int) -> int:
        """The first of so many numbers."""
        first = max(self._last + 1, time.time_ns())
        self._last = first + count
        return first


def pack(events: Sequence[tuple[str, Document]], alerts: Sequence[Alert], arrived: int) -> list[bytes]:
    """Batches with these documents by their ids, numbered from `arrived` on; the alerts go with the last one."""
    bodies, parts, size = list[bytes](), list[bytes](), 0
    for number, (name, document) in enumerate(events, arrived):
        line = event_line(name, document, number)
        if size + len(line) > _LARGEST and parts:
            bodies.append(b"".join(parts))
            parts, size = [], 0
        parts.append(line)
        size += len(line)
    bodies.append(b"".join(parts))
    return [_packed(body, alerts if body is bodies[-1] else (), arrived) for body in bodies if body or alerts]


def event_line(name: str, document: Document, number: int) -> bytes:
    """Action and document of an event."""
    octets = b'{"%s":"%s","%s":%d,%s' % (*_HEAD, number, orjson.dumps(document)[1:])
    if len(octets) > _LARGEST_DOCUMENT:
        octets = orjson.dumps({**_cut(document), DATASET: EVENTS, ARRIVED: number})
    return b'{"create":{"_id":"%s"}}\n%s\n' % (name.encode(), octets)


def _cut(document: Document) -> dict[str, Value]:
    """Without the values that make it as large; `error.message` says so."""
    small = {name: value for name, value in document.items() if len(orjson.dumps(value)) < _LARGEST_DOCUMENT // 64}
    left = ", ".join(sorted(document.keys() - small.keys()))[:1000]
    return {**small, "error.message": f"too large for a document, left out: {left}"}


def _packed(body: bytes, alerts: Iterable[Alert], arrived: int) -> bytes:
    told = [dump_alert(alert).decode() for alert in alerts]
    head = orjson.dumps({"format": _FORMAT, "alerts": told, "arrived": arrived})
    return zlib.compress(b"%s\n%s" % (head, body), _QUICK)


def unpack(octets: bytes) -> Batch:
    """The batch of `pack`; raises `StoreError`."""
    try:
        head, _, body = zlib.decompress(octets).partition(b"\n")
        said = orjson.loads(head)
        if said["format"] != _FORMAT:
            raise StoreError(f"a batch has the format {_FORMAT}; this is of another version")
        alerts = tuple(map(load_alert, said["alerts"]))
        return Batch(
            alerts, body, said.get("arrived", 0), len(head) + len(body)
        )  # an earlier version does not say when
    except (zlib.error, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"a batch cannot be read: {error}") from error


def with_texts(document: Document, copied: frozenset[str]) -> Document:
    """The document with the texts that the mapping does not copy to where words are looked for."""
    left = [name for name in document if name not in copied and name not in UNSEARCHED]
    if not left:
        return document
    found = [value for name in left for value in _values(document[name])]
    texts = tuple(str(value) for value in found if not isinstance(value, bool))
    return {**document, TEXT: texts} if texts else document


def _values(value: Value) -> tuple[Scalar, ...]:
    return value if isinstance(value, tuple | list) else (value,)


def plain(source: Mapping[str, Any]) -> Document:
    """A document as it was given: without what is ours."""
    return thaw({name: value for name, value in source.items() if not ours(name)})


def copy_of(record: AlertRecord) -> bytes:
    """Action and document of the copy of an alert that never changes, for Kibana: as it was first told, or came to be in triage."""
    alert, triage = record.alert, record.triage
    told = {name: value for name, value in alert_document(alert).items() if name not in ("entity", "evidence", "why")}
    more = {
        DATASET: ALERTS, "event.module": "sentinel", "rule.ruleset": "sentinel", "message": alert.rule.title,
        "event.risk_score": alert.rule.risk if alert.rule.risk is not None else alert.severity.rank * 25,
        ARRIVED: time.time_ns(), "sentinel.alert.state": triage.state, "sentinel.alert.reason": triage.reason,
        "sentinel.alert.assignee": triage.assignee, "sentinel.alert.version": triage.version,
    }  # fmt: skip
    name = f"{alert.id}-{triage.version}" if triage.version else alert.id
    return b"%s\n%s\n" % (orjson.dumps({"create": {"_id": name}}), orjson.dumps(told | more))


def audit_lines(named: tuple[str, Mapping[str, Value]]) -> bytes:
    """Action and document of a record of the audit log."""
    name, document = named
    return b'{"create":{"_id":"%s"}}\n%s\n' % (name.encode(), orjson.dumps({**document, DATASET: AUDIT}))


def arrived_of(copy: bytes) -> int:
    """When a copy was made."""
    return int(orjson.loads(copy.partition(b"\n")[2])[ARRIVED])


def dead_letter(name: str, document: bytes, kind: str, reason: str, *, largest: int | None = None) -> bytes:
    """Action and document of one that the cluster does not take, with the reason; of its text, `largest` octets."""
    try:
        told = orjson.loads(document)
    except orjson.JSONDecodeError:
        told = {}
    letter = {
        "@timestamp": timestamp(time.time_ns()), "event.id": str(told.get("event.id", "")), DATASET: DEAD_LETTERS,
        "event.action": str(told.get("event.action", "")), "error.type": kind, "error.message": reason[:8000],
        "sentinel.document": document[:largest].decode(errors="replace"),
    }  # fmt: skip
    return b"%s\n%s\n" % (orjson.dumps({"create": {"_id": name}}), orjson.dumps(letter))
