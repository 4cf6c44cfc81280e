"""Events and alerts as documents: the flat dotted mapping that stores keep and machines read."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from sentinel.model.alert import Alert, Clause
from sentinel.model.event import Event, Value, flat


def timestamp(time: int) -> str:
    """RFC 3339 in UTC with nanoseconds: `2026-11-21T04:05:31.123456789Z`."""
    seconds, nanos = divmod(time, 1_000_000_000)
    return f"{_second(seconds)}.{nanos:09d}Z"


def moment(text: str) -> int:
    """The nanoseconds since the epoch of a `timestamp`; 0 where it is none."""
    found = _seconds(text[:19])
    nanos = text[20:-1]
    if found < 0 or len(text) != len("2026-11-21T04:05:31.123456789Z") or not nanos.isdecimal():
        return 0
    return found * 1_000_000_000 + int(nanos)


@lru_cache(1024)
def _seconds(text: str) -> int:
    try:
        return int(datetime.fromisoformat(f"{text}+00:00").timestamp())
    except ValueError:
        return -1


@lru_cache(256)
def _second(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
    except (ValueError, OverflowError, OSError):  # a capture may claim any time
        return "1970-01-01T00:00:00"


def event_document(event: Event) -> dict[str, Value]:
    """The document of an event."""
    return {
        "@timestamp": timestamp(event.time),
        "event.id": event.id,
        "event.kind": "event",
        "event.provider": event.source,
        "event.sequence": event.packet,
        **flat(event.fields),
    }


def clause_document(clause: Clause) -> dict[str, object]:
    """The document of one node of "why it fired", with its children."""
    node: dict[str, object] = {"text": clause.text, "held": clause.held}
    if clause.field:
        node |= {"field": clause.field, "value": clause.value}
    if clause.children:
        node["children"] = [clause_document(child) for child in clause.children]
    return node


def alert_document(alert: Alert) -> dict[str, object]:
    """The document of an alert: one line of `sentinel analyze --format jsonl`."""
    return {
        "@timestamp": timestamp(alert.first),
        "event.id": alert.id,
        "event.kind": "alert",
        "event.severity": alert.severity.rank,
        "event.start": timestamp(alert.first),
        "event.end": timestamp(alert.last),
        "event.count": alert.count,
        "log.level": alert.severity.value,
        "rule.name": alert.rule.slug,
        "rule.id": alert.rule.id,
        "rule.version": alert.rule.version,
        "rule.title": alert.rule.title,
        "rule.title_zh": alert.rule.title_zh,
        "rule.stage": [stage.value for stage in alert.rule.stages],
        "rule.domain": alert.rule.domain.value,
        "tags": list(alert.rule.tags),
        **alert.fields,
        "entity": dict(alert.entity),
        "evidence": [
            {
                "event.id": e.event_id,
                "event.action": e.kind,
                "@timestamp": timestamp(e.time),
                "event.provider": e.source,
                "packet": e.packet,
            }
            for e in alert.evidence
        ],
        "why": clause_document(alert.why),
    }
