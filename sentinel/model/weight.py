"""How much an alert weighs on those whom it is about, and for how long."""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.alert import Alert, ClosingReason, Severity

HALF_LIFE = 86_400_000_000_000
WEIGHTS: Mapping[Severity, int] = {
    Severity.INFORMATIONAL: 1, Severity.LOW: 5, Severity.MEDIUM: 20, Severity.HIGH: 50, Severity.CRITICAL: 80,
}  # fmt: skip
FORGOTTEN = 10  # half-lives after which an alert adds nothing worth reading
DISMISSED = (ClosingReason.FALSE_POSITIVE, ClosingReason.BENIGN_POSITIVE, ClosingReason.DUPLICATE)
TERMINAL = "fiveg.supi"
_TERMINAL = (TERMINAL, "fiveg.ue.subject")
_NOBODY = ("rule.name",)  # what an alert for a flood is about


def weight(alert: Alert) -> float:
    """The chance, when it was last seen, that something is wrong: its rule's, or its level's, halved if unconfirmed."""
    said = WEIGHTS[alert.severity] if alert.rule.risk is None else alert.rule.risk
    sure = 0.5 if alert.fields.get("fiveg.alert.confidence") == "unconfirmed" else 1.0
    return said / 100 * sure


def faded(chance: float, last: int, now: int) -> float:
    """What is left of it: halved for each day since it was last seen."""
    age: float = max(0, now - last) / HALF_LIFE
    return float(chance * 0.5**age)


def entities(alert: Alert) -> list[tuple[str, str]]:
    """Whom an alert is about: its entity, and its terminal where it is about one."""
    pairs = [(_name(name), str(value)) for name, value in alert.entity if name not in _NOBODY]
    users = alert.fields.get("related.user")
    if isinstance(users, tuple) and len(users) == 1:
        pairs.append((TERMINAL, str(users[0])))
    return list(dict.fromkeys(pairs))


def _name(name: str) -> str:
    return TERMINAL if name in _TERMINAL else name
