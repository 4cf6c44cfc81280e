"""Hunting: rules over what the store remembers, with the verdicts that they would have had live.

The events come in the order in which they once came, through the very engine that judges live traffic. A query spares
it those that no rule can match. Where what a rule remembers reaches back before the span, so does the reading; only
what is alike within the span is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from sentinel.detection.engine import Detection
from sentinel.detection.parameters import with_parameters
from sentinel.detection.prefilter import kinds_of, query_of
from sentinel.detection.rule import Overrides, RuleSet
from sentinel.model.alert import Alert
from sentinel.model.event import Event, PlainEvent, Value
from sentinel.model.fields import FieldSpec
from sentinel.store.base import Document, Span, Store
from sentinel.store.query import Everything

_BATCH = 1000
_ADDED = frozenset(("@timestamp", "event.id", "event.kind", "event.provider", "event.sequence"))


def hunt(
    store: Store, rules: RuleSet, catalogue: Mapping[str, FieldSpec], span: Span, parameters: Overrides | None = None
) -> list[Alert]:
    """The alerts that the rules would have raised within the span, in order of their beginning."""
    mine = {slug: values for slug, values in (parameters or {}).items() if slug in rules.parameters}
    rules = with_parameters(rules, mine)
    detection, found = Detection(rules), dict[str, Alert]()
    for batch in _batches(_candidates(store, rules, catalogue, _reading(rules, span))):
        found |= {alert.id: alert for alert in detection.observe(batch).alerts}
    since = span.since or 0
    return sorted((one for one in found.values() if one.last >= since), key=lambda one: (one.first, one.id))


def _reading(rules: RuleSet, span: Span) -> Span:
    """The span, and before it what the rules remember; all of it where that is what was ever seen."""
    if span.since is None or any(one.first_seen for one in rules.documents):
        return replace(span, since=None)
    spans = [one.timespan for one in rules.correlations]
    return replace(span, since=max(0, span.since - 2 * sum(spans) - max(one.window for one in rules.documents)))


def _candidates(store: Store, rules: RuleSet, catalogue: Mapping[str, FieldSpec], span: Span) -> Iterator[Event]:
    """The events that matter: all of them where a rule has to see time pass."""
    if any(one.absence for one in rules.correlations) or any(one.first_seen for one in rules.documents):
        found = store.scan(Everything(), None, span)
    else:
        found = store.scan(query_of(rules, catalogue), kinds_of(rules, store.kinds()), span)
    return map(remembered, found)


def remembered(document: Document) -> Event:
    """The event of a document, as detection once saw it."""
    fields: dict[str, Value] = {
        name: value for name, value in document.items() if name not in _ADDED and value is not None
    }
    name, kind, source = (str(document[each]) for each in ("event.id", "event.action", "event.provider"))
    return PlainEvent(kind, int(name[:16], 16), name, source, int(str(document["event.sequence"])), fields)


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(islice(events, _BATCH)):
        yield batch
