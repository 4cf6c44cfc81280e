"""Alerts to JSON and back, for stores that keep them whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from sentinel.model.alert import Alert, Clause, Domain, Evidence, RuleRef, Severity, Stage
from sentinel.model.event import Value
from sentinel.store.sealing import Sealing, replaced, swap


def dump_alert(alert: Alert) -> bytes:
    """An alert as JSON."""
    return orjson.dumps(alert, default=_plain)


def load_alert(text: bytes | str) -> Alert:
    """The alert of `dump_alert`."""
    raw = orjson.loads(text)
    rule = raw["rule"] | {
        "severity": Severity(raw["rule"]["severity"]),
        "stages": tuple(Stage(stage) for stage in raw["rule"]["stages"]),
        "domain": Domain(raw["rule"]["domain"]),
        **{name: tuple(raw["rule"][name]) for name in ("tags", "false_positives", "false_positives_zh")},
    }
    return Alert(
        **raw
        | {
            "rule": RuleRef(**rule),
            "entity": tuple((name, value) for name, value in raw["entity"]),
            "fields": thaw(raw["fields"]),
            "evidence": tuple(Evidence(**evidence) for evidence in raw["evidence"]),
            "why": _clause(raw["why"]),
        }
    )


def searchable(alert: Alert) -> dict[str, Value]:
    """What an alert is found by: its fields, what it is about, and its rule, flat."""
    rule = alert.rule
    named: dict[str, Value] = {
        "rule.name": rule.slug, "rule.id": rule.id, "rule.title": rule.title, "rule.title_zh": rule.title_zh,
        "tags": rule.tags,
    }  # fmt: skip
    return {**alert.fields, **dict(alert.entity), **named}


def hidden(alert: Alert, sealing: Sealing, originals: dict[str, str]) -> Alert:
    """The alert with pseudonyms wherever an identifier of its fields, its entity or its reasons stands.

    What they stand for is put into `originals`.
    """
    found = dict[str, str]()
    for document in (alert.fields, *({name: value} for name, value in _leaves(alert))):
        found |= sealing.hide(document)[1]
    if not found:
        return alert
    originals |= found
    change = swap({original: pseudonym for pseudonym, original in found.items()})
    return load_alert(orjson.dumps(replaced(orjson.loads(dump_alert(alert)), change)))


def _leaves(alert: Alert) -> Iterator[tuple[str, Value]]:
    """Names and values of the entity, and of every node of its reasons."""
    yield from alert.entity
    clauses = [alert.why]
    while clauses:
        clause = clauses.pop()
        clauses += clause.children
        if clause.field and clause.value is not None:
            yield clause.field, clause.value


def thawed(text: str) -> dict[str, Value]:
    """The same of its text: nearly all documents have no lists, and so nothing to thaw."""
    fields: dict[str, Value] = orjson.loads(text)
    return thaw(fields) if "[" in text else fields


def thaw(fields: Mapping[str, Any]) -> dict[str, Value]:
    """A document from JSON: lists become tuples again."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"an alert holds a `{type(value).__name__}`")


def _clause(raw: dict[str, Any]) -> Clause:
    value = raw["value"]
    return Clause(
        raw["text"],
        raw["held"],
        raw["field"],
        tuple(value) if isinstance(value, list) else value,
        tuple(_clause(child) for child in raw["children"]),
    )
