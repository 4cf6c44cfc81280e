"""Alerts to JSON and back, for stores that keep them whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sentinel.model.alert import Alert, Clause, Domain, Evidence, RuleRef, Severity, Stage
from sentinel.model.event import Value


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
