from __future__ import annotations

import dataclasses

from sentinel.model.weight import HALF_LIFE, entities, faded, weight
from tests.deciding import AGV, NOW, alert


def test_what_an_alert_weighs_is_its_rules_or_its_levels_and_half_if_unconfirmed() -> None:
    one = alert()
    assert weight(one) == 0.5
    assert weight(dataclasses.replace(one, rule=dataclasses.replace(one.rule, risk=10))) == 0.1
    assert weight(dataclasses.replace(one, fields={"fiveg.alert.confidence": "unconfirmed"})) == 0.25


def test_it_fades_by_the_day_and_never_grows() -> None:
    assert faded(0.5, NOW, NOW + HALF_LIFE) == 0.25
    assert faded(0.5, NOW, NOW - HALF_LIFE) == 0.5


def test_whom_it_is_about() -> None:
    assert entities(alert()) == [("fiveg.supi", AGV)]
    assert entities(dataclasses.replace(alert(), entity=(("rule.name", "x"),), fields={"related.user": ("7",)})) == [
        ("fiveg.supi", "7")
    ]
