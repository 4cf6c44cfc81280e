"""Trust in a terminal: 100, less what alerts about it take away, less of that each day.

Every term has an alert as its evidence, and the score at a moment is a function of the terms known then, so that any past
score can be computed again and shown term by term. Weight and fading are those of risk (`sentinel.model.weight`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sentinel.model.alert import Alert, Domain
from sentinel.model.weight import DISMISSED, FORGOTTEN, HALF_LIFE, TERMINAL, entities, faded, weight
from sentinel.store.base import AlertRecord

IDENTITY = "identity"
PLANES: Mapping[str, str] = {
    "ngap": "n2", "nas": "n2", "sctp": "n2", "pfcp": "n4", "gtpu": "n3", "flow": "n3", "ip": "n3", "dns": "n3", "tls": "n3",
    "http": "n3", "http2": "sbi", "sbi": "sbi", "modbus": "ot", "s7comm": "ot", "s7comm_plus": "ot", "iec104": "ot",
    "dnp3": "ot", "cip": "ot", "opcua": "ot", "profinet": "ot", "goose": "ot", "mqtt": "ot", "ot": "ot", "terminal": IDENTITY,
}  # fmt: skip
"""The plane of an alert by the kind of its first evidence; what is about identities is told by the rule's domain."""
WORTH_TELLING = HALF_LIFE // 48  # an alert that goes on is a new term only so often
_SUREST = 0.99
_LEAST = 0.01  # a term that takes less than this soils no posture


@dataclass(frozen=True, slots=True)
class Term:
    """What one alert takes from the trust in one terminal, from `known` on, until a later term of the same alert."""

    supi: str  # as the store names it: a pseudonym, where identifiers are sealed
    alert: str
    name: str  # slug of the rule
    plane: str
    weight: float
    last: int
    known: int
    dismissed: bool = False

    def value(self, at: int) -> float:
        """The chance, at that moment, that something is wrong."""
        return 0.0 if self.dismissed else faded(self.weight, self.last, at)


@dataclass(frozen=True, slots=True)
class Trust:
    """A score from 0 to 100, and the terms that made it."""

    score: int
    terms: tuple[Term, ...]

    def clean(self, plane: str) -> bool:
        """Whether nothing of a plane weighs."""
        return all(term.plane != plane for term in self.terms)


def trust(terms: Iterable[Term], at: int) -> Trust:
    """The trust in one terminal at a moment, of all terms ever known of it: those known later do not count."""
    latest: dict[str, Term] = {}
    for term in terms:
        if term.known <= at and (term.alert not in latest or latest[term.alert].known <= term.known):
            latest[term.alert] = term
    weighing = tuple(term for term in latest.values() if term.value(at) >= _LEAST)
    safe = 1.0
    for term in weighing:
        safe *= 1 - min(term.value(at), _SUREST)
    return Trust(int(100 * safe), weighing)


def terms_of(record: AlertRecord, known: int) -> list[Term]:
    """The terms of an alert, one for each terminal that it is about."""
    alert = record.alert
    dismissed = record.triage.reason in DISMISSED
    return [
        Term(value, alert.id, alert.rule.slug, _plane(alert), weight(alert), alert.last, known, dismissed)
        for name, value in entities(alert)
        if name == TERMINAL
    ]  # fmt: skip


def _plane(alert: Alert) -> str:
    if alert.rule.domain is Domain.ACCESS:
        return IDENTITY
    kind = alert.evidence[0].kind if alert.evidence else ""
    return PLANES.get(kind.partition(".")[0], "n3")


def news(before: Term | None, now: Term) -> bool:
    """Whether a term says something that the one before did not."""
    if before is None:
        return not now.dismissed
    moved = now.last - before.last >= WORTH_TELLING
    return moved or now.weight != before.weight or now.dismissed != before.dismissed


def forgotten(terms: Sequence[Term], now: int) -> bool:
    """Whether nothing of them will ever weigh again."""
    return all(now - term.last > FORGOTTEN * HALF_LIFE for term in terms)
