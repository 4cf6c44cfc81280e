"""The numbers that are watched, and the fields that say whose they are."""

from __future__ import annotations

from sentinel.forecast.fields import FORECASTS
from sentinel.forecast.metrics import METRICS
from sentinel.model.fields import CATALOGUE
from sentinel.state import FACTS


def test_each_is_said_in_both_languages_and_about_fields_that_there_are() -> None:
    for name, metric in METRICS.items():
        assert metric.en
        assert metric.zh
        assert set(metric.entity) <= set(CATALOGUE) | set(FACTS), name


def test_their_fields_are_nobody_elses() -> None:
    assert set(FORECASTS) & (set(CATALOGUE) | set(FACTS)) == set()
