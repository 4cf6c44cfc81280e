"""Thresholds, services, and the part of a set that one slug needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sentinel.detection import RuleSet
from sentinel.detection.rule import Threshold, prefixes, spoken

MakeRules = Callable[..., RuleSet]


@pytest.mark.parametrize(("number", "expected"), [(100, False), (101, True), (200, True), (201, False)])
def test_a_range_needs_both_bounds(number: int, expected: bool) -> None:
    assert Threshold((("gt", 100), ("lte", 200))).holds(number) is expected


@pytest.mark.parametrize(("seconds", "text"), [(90, "90s"), (600, "10m"), (3600, "1h"), (172_800, "2d"), (0, "0s")])
def test_timespans_read_as_written(seconds: int, text: str) -> None:
    assert spoken(seconds * 1_000_000_000) == text


def test_a_service_covers_its_own_prefix_and_more() -> None:
    assert {"modbus", "ot"} <= prefixes("ot")
    assert prefixes("gnb") == {"gnb"}


def test_only_keeps_what_a_slug_needs(make_rules: MakeRules) -> None:
    detection = "detection: {s: {event.action: ngap.ng_reset}, condition: s}"
    rules = make_rules(
        f"name: base\n{detection}",
        "correlation: {type: event_count, rules: [base], timespan: 1m, condition: {gte: 2}}",
    )
    only = rules.only("a-test-rule")
    assert [one.alerts for one in only.documents] == [False, True]
    assert (len(only), only.versions) == (1, rules.versions)
