"""Correlations as state machines: windows in event time, every type, bounded memory, serialisable state."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from sentinel.detection import Correlation, RuleSet
from sentinel.detection.correlate import Correlator, Match
from sentinel.model.event import Event

MakeRules = Callable[..., RuleSet]
MakeEvent = Callable[..., Event]
BASE = "detection: {{s: {{event.action: {0}.x}}, condition: s}}\nname: {0}\n"


@pytest.fixture
def correlate(make_rules: MakeRules) -> Callable[[str], Correlator]:
    """A correlator of a `correlation` part over rules a, b, c."""

    def make(part: str) -> Correlator:
        rules = make_rules(*(BASE.format(name) for name in "abc"), f"correlation: {{{part}}}")
        return Correlator(rules.correlations[0])

    return make


def _fired(correlator: Correlator, steps: Sequence[tuple[str, Event]]) -> list[float]:
    """What the correlator said to each step; 0 where nothing."""
    names = dict(zip("abc", correlator.correlation.members, strict=False))
    keys = {name: names.get(name, name) for name in "abc"}
    found = []
    for rules, event in steps:
        matches = {keys[rule]: Match(event) for rule in rules}
        found.append(sum(match.number for match in correlator.observe(event, matches)))
    return found


COUNT = "type: event_count, rules: [a], group-by: [source.ip], timespan: 10s, condition: {gte: 3}"


def test_event_count_slides(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    times = [0, 5, 10, 16, 17, 40]
    steps = [("a", make_event("a.x", at, number, source__ip="1.1.1.1")) for number, at in enumerate(times)]
    assert _fired(correlate(COUNT), steps) == [0, 0, 3, 0, 3, 0]


def test_groups_are_apart_and_need_their_fields(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    steps = [("a", make_event("a.x", at, at, source__ip=f"1.1.1.{at % 2}")) for at in range(5)]
    steps += [("a", make_event("a.x", 5, 9 + n)) for n in range(5)]
    assert _fired(correlate(COUNT), steps) == [0, 0, 0, 0, 3, 0, 0, 0, 0, 0]


def test_late_events_take_their_place(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    times = [10, 20, 12, 5, 21, 20, 19]
    steps = [("a", make_event("a.x", at, number, source__ip="1.1.1.1")) for number, at in enumerate(times)]
    correlator = correlate(COUNT)
    assert _fired(correlator, steps) == [0, 0, 3, 0, 3, 4, 5]


def test_time_may_start_again(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    times = [100, 101, 3, 4, 5]
    steps = [("a", make_event("a.x", at, number, source__ip="1.1.1.1")) for number, at in enumerate(times)]
    assert _fired(correlate(COUNT), steps) == [0, 0, 0, 0, 3]


def test_a_match_carries_its_members_and_group(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    correlator = correlate(COUNT)
    events = [make_event("a.x", at, at, source__ip="1.1.1.1") for at in range(3)]
    found = [correlator.observe(event, {correlator.correlation.members[0]: Match(event)}) for event in events]
    (match,) = found[2]
    assert match.members(events[1].time) == tuple(events[1:])
    assert (match.members(), match.key, match.number) == (tuple(events), {"source.ip": "1.1.1.1"}, 3)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("gt: 2", [0, 0, 3, 4, 5]),
        ("lt: 3", [1, 2, 0, 0, 0]),
        ("lte: 2", [1, 2, 0, 0, 0]),
        ("eq: 4", [0, 0, 0, 4, 0]),
        ("neq: 2", [1, 0, 3, 4, 5]),
        ("gte: 2, lt: 4", [0, 2, 3, 0, 0]),
    ],
)
def test_conditions(
    correlate: Callable[[str], Correlator], make_event: MakeEvent, condition: str, expected: list[float]
) -> None:
    steps = [("a", make_event("a.x", 0, number, source__ip="1.1.1.1")) for number in range(5)]
    assert _fired(correlate(COUNT.replace("gte: 3", condition)), steps) == expected


def test_several_rules_count_an_event_once(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    steps = [("ab", make_event("a.x", 0, number, source__ip="1.1.1.1")) for number in range(3)]
    assert _fired(correlate(COUNT.replace("[a]", "[a, b]")), steps) == [0, 0, 3]


def test_value_count_counts_distinct_values(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    part = "type: value_count, rules: [a], timespan: 10s, condition: {field: fiveg.supi, gte: 3}"
    seen = [("1", 0), ("1", 1), ("2", 2), ("1", 3), ("3", 12), ("4", 13), ("4", 30)]
    steps = [("a", make_event("a.x", at, number, fiveg__supi=supi)) for number, (supi, at) in enumerate(seen)]
    assert _fired(correlate(part), steps) == [0, 0, 0, 0, 3, 3, 0]


def test_value_count_of_lists_and_combinations(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    part = "type: value_count, rules: [a], timespan: 10s, condition: {field: fiveg.plmn, gte: 2}"
    assert _fired(correlate(part), [("a", make_event("a.x", fiveg__plmn=("1", "2"))), ("a", make_event("a.x"))]) == [
        2,
        0,
    ]
    part = part.replace("fiveg.plmn", "[fiveg.dnn, source.port]")
    steps = [("a", make_event("a.x", 0, n, fiveg__dnn="ot", source__port=n % 2)) for n in range(3)]
    assert _fired(correlate(part), steps) == [0, 2, 2]


def test_temporal_needs_all_in_any_order(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    part = "type: temporal, rules: [a, b, c], group-by: [source.ip], timespan: 10s"
    order = [("c", 0), ("a", 5), ("b", 9), ("b", 11), ("c", 12)]
    steps = [(rule, make_event("x.x", at, n, source__ip="1.1.1.1")) for n, (rule, at) in enumerate(order)]
    assert _fired(correlate(part), steps) == [0, 0, 3, 0, 3]


def test_temporal_may_need_only_some(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    part = "type: temporal, rules: [a, b, c], timespan: 10s, condition: {gte: 2}"
    steps = [(rule, make_event("x.x", n, n)) for n, rule in enumerate("aac")]
    assert _fired(correlate(part), steps) == [0, 0, 2]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([("a", 0), ("b", 1), ("c", 2)], [0, 0, 3]),
        ([("b", 0), ("a", 1), ("c", 2)], [0, 0, 0]),
        ([("a", 0), ("c", 2), ("b", 1)], [0, 0, 3]),  # late by its time
        ([("a", 0), ("a", 8), ("b", 12), ("c", 13)], [0, 0, 0, 3]),
        ([("a", 0), ("b", 8), ("c", 11)], [0, 0, 0]),
        ([("ab", 0), ("c", 1)], [0, 0]),  # one event cannot be two steps
        ([("a", 0), ("ab", 1), ("c", 2)], [0, 0, 3]),
    ],
)
def test_temporal_ordered(
    correlate: Callable[[str], Correlator],
    make_event: MakeEvent,
    order: list[tuple[str, float]],
    expected: list[float],
) -> None:
    steps = [(rules, make_event("x.x", at, n)) for n, (rules, at) in enumerate(order)]
    assert _fired(correlate("type: temporal_ordered, rules: [a, b, c], timespan: 10s"), steps) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("value_sum, condition: {field: network.bytes, gte: 30}", [0, 30, 60, 0, 0]),
        ("value_avg, condition: {field: network.bytes, gte: 15}", [0, 15, 20, 0, 0]),
        ("value_percentile, condition: {field: network.bytes, percentile: 50, gte: 20}", [0, 0, 20, 0, 0]),
    ],
)
def test_aggregates(
    correlate: Callable[[str], Correlator], make_event: MakeEvent, kind: str, expected: list[float]
) -> None:
    values = [(10, 0), (20, 1), (30, 2), (1, 20)]
    steps = [("a", make_event("a.x", at, n, network__bytes=value)) for n, (value, at) in enumerate(values)]
    steps.append(("a", make_event("a.x", 21, 9)))
    assert _fired(correlate(f"type: {kind}, rules: [a], timespan: 10s"), steps) == expected


def test_equal_numbers_of_unlike_types(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    part = "type: value_sum, rules: [a], timespan: 10s, condition: {field: network.bytes, gte: 0}"
    values = [(5, 0), (5.0, 6), (0.5, 8), (1, 12), (1, 30)]
    steps = [("a", make_event("a.x", at, n, network__bytes=value)) for n, (value, at) in enumerate(values)]
    assert _fired(correlate(part), steps) == [5, 10, 10.5, 6.5, 1]


@pytest.mark.parametrize(("peers", "groups", "least", "most"), [(50, 5, 80, 100), (5, 2, 40, 100)])
def test_memory_is_bounded(
    correlate: Callable[[str], Correlator], make_event: MakeEvent, peers: int, groups: int, least: int, most: int
) -> None:
    correlation: Correlation = correlate(COUNT).correlation
    correlator = Correlator(replace(correlation, timespan=10**15), max_groups=10, max_entries=100)
    for number in range(2000):
        event = make_event("a.x", number / 1000, number, source__ip=f"1.1.1.{number // 20 % peers}")
        correlator.observe(event, {correlation.members[0]: Match(event)})
    dumped = correlator.dump()["groups"]
    assert isinstance(dumped, list)
    assert groups <= len(dumped) <= 10
    assert least <= sum(len(entries) for _, _, entries in dumped) <= most


def test_idle_groups_are_forgotten(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    correlator = correlate(COUNT)
    steps = [("a", make_event("a.x", n * 6, n, source__ip=f"1.1.1.{n}")) for n in range(9)]
    _fired(correlator, steps)
    groups = correlator.dump()["groups"]
    assert isinstance(groups, list)
    assert len(groups) == 2


def test_both_ends_of_a_window_belong_to_it(correlate: Callable[[str], Correlator], make_event: MakeEvent) -> None:
    steps = [("a", make_event("a.x", at, n, source__ip="1.1.1.1")) for n, at in enumerate([10, 5, 0])]
    assert _fired(correlate(COUNT), steps) == [0, 0, 3]


def test_a_window_keeps_what_can_change_the_answer(
    correlate: Callable[[str], Correlator], make_event: MakeEvent
) -> None:
    correlator = correlate(COUNT.replace("gte: 3", "gte: 500"))
    steps = [("a", make_event("a.x", 0, number, source__ip="1.1.1.1")) for number in range(1200)]
    fired = _fired(correlator, steps)
    assert [number > 0 for number in fired] == [False] * 499 + [True] * 701


@pytest.mark.parametrize(
    "part",
    [
        COUNT,
        "type: value_count, rules: [a], timespan: 10s, condition: {field: source.port, gte: 3}",
        "type: temporal_ordered, rules: [a, b, c], timespan: 10s",
        "type: value_avg, rules: [a], timespan: 10s, condition: {field: source.port, gte: 1}",
    ],
)
def test_state_survives_json(correlate: Callable[[str], Correlator], make_event: MakeEvent, part: str) -> None:
    steps = [
        (rule, make_event("x.x", n, n, source__ip=f"1.1.1.{n // 5}", source__port=n))
        for n, rule in enumerate("aabcaaabbc")
    ]
    whole = _fired(correlate(part), steps)
    first, second = correlate(part), correlate(part)
    before = _fired(first, steps[:5])
    second.load(json.loads(json.dumps(first.dump())))
    assert before + _fired(second, steps[5:]) == whole
    assert any(whole)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([("a", 0), ("c", 2)], [0, 2]),
        ([("b", 0), ("a", 1), ("c", 2)], [0, 0, 2]),
        ([("a", 0), ("b", 1), ("c", 2)], [0, 2, 3]),
        ([("c", 0), ("b", 1), ("a", 2)], [0, 0, 0]),
        ([("a", 0), ("b", 11)], [0, 0]),
        ([("ac", 0)], [0]),  # one event cannot be two steps
    ],
)
def test_temporal_ordered_may_need_only_some(
    correlate: Callable[[str], Correlator],
    make_event: MakeEvent,
    order: list[tuple[str, float]],
    expected: list[float],
) -> None:
    part = "type: temporal_ordered, rules: [a, b, c], timespan: 10s, condition: {gte: 2}"
    steps = [(rules, make_event("x.x", at, n)) for n, (rules, at) in enumerate(order)]
    assert _fired(correlate(part), steps) == expected
