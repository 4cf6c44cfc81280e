"""Risk of an entity: what its alerts add up to, less as they age, more where the entity matters to the plant.

It follows from the alerts that are stored and from nothing else, so that it is the same after a restart and for whoever
asks. Each alert is a chance (its rule's `risk`, or what its level gives, of 100) that something is wrong, halved for each
day since it was last seen and again while it is unconfirmed; chances join as independent ones do, so that many small
ones grow towards 100 and never beyond. What somebody closed as false, benign or a duplicate does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sentinel.model.alert import Alert
from sentinel.model.weight import DISMISSED, entities, faded, weight
from sentinel.store.base import AlertRecord

CRITICALITY: Mapping[str, float] = {
    "low": 0.5, "medium": 1.0, "high": 1.5, "critical": 2.0, "一般": 1.0, "重要": 1.5, "核心": 2.0,
}  # fmt: skip
"""What a site plan says of terminals and assets, and how much more their alerts weigh."""
_SUREST = 0.99


@dataclass(frozen=True, slots=True)
class Risk:
    """An entity (`field` and value), its risk from 0 to 100, how much it matters, and which alerts say so."""

    field: str
    value: str
    score: float
    criticality: float
    alerts: tuple[str, ...]
    rules: tuple[str, ...]
    last: int


def risks(records: Iterable[AlertRecord], now: int, levels: Mapping[str, str]) -> list[Risk]:
    """The entities that alerts are about, those at most risk first; `levels` says how much terminals and assets matter."""
    found: dict[tuple[str, str], list[Alert]] = {}
    for record in records:
        if record.triage.reason in DISMISSED:
            continue
        for whose in entities(record.alert):
            found.setdefault(whose, []).append(record.alert)
    made = [_risk(field, value, alerts, now, levels) for (field, value), alerts in found.items()]
    return sorted(made, key=lambda one: (-one.score, one.field, one.value))


def _risk(field: str, value: str, alerts: list[Alert], now: int, levels: Mapping[str, str]) -> Risk:
    matters = CRITICALITY.get(levels.get(value, "").lower(), 1.0)
    safe = 1.0
    for alert in alerts:
        safe *= 1 - min(faded(weight(alert), alert.last, now) * matters, _SUREST)
    return Risk(
        field, value, round(100 * (1 - safe), 1), matters, tuple(alert.id for alert in alerts),
        tuple(dict.fromkeys(alert.rule.slug for alert in alerts)), max(alert.last for alert in alerts),
    )  # fmt: skip
