"""Risk: grows with alerts, fades with time, weighs what matters more, and forgets what was dismissed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from sentinel.detection.risk import Risk, risks
from sentinel.model.alert import Alert, AlertState, Clause, ClosingReason, Domain, RuleRef, Severity, Stage, Triage
from sentinel.model.event import Fields
from sentinel.model.weight import HALF_LIFE
from sentinel.store.base import AlertRecord

NOW = 100 * HALF_LIFE
RULE = RuleRef("a-rule-slug", "1", "v", "t", "题", "d", "述", Severity.HIGH, (Stage.JUDGEMENT,), Domain.NETWORK, ())


def alert(
    name: str = "a",
    entity: str = "10.0.0.1",
    days: float = 0,
    severity: Severity = Severity.HIGH,
    risk: int | None = None,
    fields: Fields | None = None,
) -> Alert:
    rule = dataclasses.replace(RULE, severity=severity, risk=risk)
    last = NOW - int(days * HALF_LIFE)
    return Alert(name, rule, (("source.ip", entity),), last, last, 1, fields or {}, (), Clause("and", True))


def judged(*alerts: Alert, triage: Triage | None = None, levels: Mapping[str, str] | None = None) -> list[Risk]:
    return risks([AlertRecord(one, triage or Triage()) for one in alerts], NOW, levels or {})


def score(*alerts: Alert, levels: Mapping[str, str] | None = None) -> float:
    return judged(*alerts, levels=levels)[0].score


def test_a_level_has_its_weight_and_a_rule_may_say_another() -> None:
    assert [score(alert(severity=level)) for level in Severity] == [1, 5, 20, 50, 80]
    assert score(alert(risk=33)) == 33


def test_it_halves_with_each_day() -> None:
    assert [score(alert(days=days)) for days in (0, 1, 2)] == [50, 25, 12.5]


def test_many_add_up_and_never_beyond_a_hundred() -> None:
    assert score(alert("a"), alert("b")) == 75
    assert 99 < score(*(alert(str(number)) for number in range(50))) <= 100


def test_what_matters_more_weighs_more() -> None:
    levels = {level: score(alert(entity="x"), levels={"x": level}) for level in ("low", "high", "核心", "nobody knows")}
    assert levels == {"low": 25, "high": 75, "核心": 99, "nobody knows": 50}


def test_what_is_unconfirmed_weighs_less() -> None:
    assert score(alert(fields={"fiveg.alert.confidence": "unconfirmed"})) == 25


@pytest.mark.parametrize("reason", ClosingReason)
def test_what_was_dismissed_does_not_count(reason: ClosingReason) -> None:
    found = judged(alert(), triage=Triage(AlertState.CLOSED, reason))
    assert bool(found) == (reason is ClosingReason.TRUE_POSITIVE)


def test_the_one_terminal_of_an_alert_has_its_risk_too() -> None:
    found = judged(
        alert(fields={"related.user": ("999700000000001",)}), alert("b", fields={"related.user": ("1", "2")})
    )
    assert {(one.field, one.value): one.alerts for one in found} == {
        ("source.ip", "10.0.0.1"): ("a", "b"), ("fiveg.supi", "999700000000001"): ("a",),
    }  # fmt: skip


def test_the_riskiest_comes_first() -> None:
    found = judged(alert("a", "10.0.0.1"), alert("b", "10.0.0.2", severity=Severity.CRITICAL))
    assert [one.value for one in found] == ["10.0.0.2", "10.0.0.1"]
