"""Profiles: what is usual, by hour, whatever an attacker does while they are learnt."""

from __future__ import annotations

import random
from math import exp

import pytest

from sentinel.forecast.profiles import EXPIRES, PERSISTS, Profiles, Reading

KEY = ("terminal.octets", "999700000000001")
DAY = 288
PERIOD = 300 * 10**9


def taught(values: list[float], hours: bool = False, least: int = DAY - 1) -> tuple[Profiles, list[list[Reading]]]:
    """A profile that has seen `values`, period by period, and what it said of each."""
    profiles = Profiles(24, least, 10, zero=False)
    said = [
        profiles.observe({KEY: value}, at // 12 % 24 if hours else 0, at * PERIOD) for at, value in enumerate(values)
    ]
    return profiles, said


def ordinary(periods: int, middle: float = 1000, spread: float = 0.3, seed: int = 7) -> list[float]:
    """So many values about `middle`."""
    chance = random.Random(seed)
    return [middle * exp(chance.gauss(0, spread)) for _ in range(periods)]


@pytest.mark.parametrize("day", range(3))
def test_one_day_of_attack_does_not_make_an_hour(day: int) -> None:
    """An hour of a learning day with a hundred times as much: the same on the fourth day is told."""
    values = ordinary(3 * DAY)
    hour = slice(day * DAY + 36, day * DAY + 48)
    values[hour] = [100 * value for value in values[hour]]
    profiles, _ = taught(values, hours=True, least=DAY)
    (reading,) = profiles.observe({KEY: 100_000}, 3, 3 * DAY * PERIOD)
    assert reading.hourly


def test_what_is_usual_is_never_told() -> None:
    """Ten days of noise: no deviation, and the band is that of the noise."""
    profiles, said = taught(ordinary(10 * DAY))
    assert [each for each in said if each] == []
    usual = profiles.reading(KEY, 3)
    assert usual is not None
    assert 850 < usual.expected < 1150
    assert 1000 * exp(0.9) < usual.high < 1000 * exp(1.6)


def test_a_deviation_says_what_it_rests_on() -> None:
    """Measured, expected, band, score, periods, since when; and how long it has lasted."""
    profiles, _ = taught(ordinary(2 * DAY))
    (first,) = profiles.observe({KEY: 20_000}, 0, 2 * DAY * PERIOD)
    (second,) = profiles.observe({KEY: 20_000}, 0, (2 * DAY + 1) * PERIOD)
    assert (first.measured, first.periods, first.since, first.lasting) == (20_000, 2 * DAY, 0, 1)
    assert first.low < first.expected < first.high < first.measured
    assert first.score > 4
    assert (second.lasting, second.expected) == (2, first.expected)  # it is not learnt


def test_nothing_is_told_while_it_is_learnt() -> None:
    """As long as the site wants; and where that is a day or more, three days of the hour."""
    assert not any(taught([*ordinary(DAY - 2), 1e9])[1])
    assert taught([*ordinary(DAY), 1e9])[1][-1]
    assert not any(taught([*ordinary(2 * DAY + 11), 1e9], hours=True, least=DAY)[1])
    assert taught([*ordinary(3 * DAY), 1e9], hours=True, least=DAY)[1][-1]


@pytest.mark.parametrize("seed", range(5))
def test_an_attack_in_the_learning_data_is_found_when_it_comes_again(seed: int) -> None:
    """A tenth of the learning periods, the first among them, have a hundred times as much: the level hardly moves."""
    chance = random.Random(seed)
    poisoned = [value * (100 if chance.random() < 0.1 else 1) for value in ordinary(DAY, seed=seed)]
    profiles, _ = taught([poisoned[0] * 100, *poisoned[1:]])
    usual = profiles.reading(KEY, 0)
    assert usual is not None
    assert usual.expected < 1500
    assert profiles.observe({KEY: 100_000}, 0, DAY * PERIOD)


def test_each_hour_has_its_own_level() -> None:
    """What is ordinary at noon is not at night."""
    values = [value if 8 <= at // 12 % 24 < 18 else value / 50 for at, value in enumerate(ordinary(7 * DAY))]
    profiles, said = taught(values, hours=True, least=DAY)
    assert sum(map(len, said)) <= 3
    (night,) = profiles.observe({KEY: 1000}, 3, 7 * DAY * PERIOD)
    assert night.hourly
    assert night.expected < 40
    assert profiles.observe({KEY: 1000}, 12, 7 * DAY * PERIOD) == []
    assert profiles.season(KEY, 12) > 0 > profiles.season(KEY, 3)
    assert profiles.peak(KEY) >= profiles.season(KEY, 12)


def test_what_lasts_is_the_new_normal() -> None:
    """A day of deviations, then one that says so, and the profile is learnt anew."""
    profiles, _ = taught(ordinary(2 * DAY))
    found = [profiles.observe({KEY: 50_000}, 0, (2 * DAY + at) * PERIOD) for at in range(PERSISTS + 1)]
    assert [each[0].settled for each in found[:-1]] == [False] * (PERSISTS - 1) + [True]
    assert found[-1] == []
    usual = profiles.reading(KEY, 0)
    assert usual is not None
    assert usual.expected == pytest.approx(50_000, rel=0.01)


def test_silence_is_nothing_or_none() -> None:
    """A number that is zero where it is not said learns zeros; another learns nothing."""
    for zero, expected in ((True, 0.0), (False, 100.0)):
        profiles = Profiles(24, 2, 10, zero=zero)
        profiles.observe({KEY: 100}, 0, 0)
        for at in range(400):
            profiles.observe({}, 0, at)
        usual = profiles.reading(KEY, 0)
        assert usual is not None
        assert usual.expected == pytest.approx(expected, abs=1)


def test_it_is_bounded_and_forgets() -> None:
    """No more than its cap, counted; what was not seen for a month makes room."""
    profiles = Profiles(24, 2, 3, zero=False)
    for number in range(5):
        profiles.observe({("m", str(number)): 1.0}, 0, number)
    assert (len(profiles), profiles.evicted) == (3, 2)
    profiles.forget(EXPIRES + 2)
    assert len(profiles) == 1
    profiles.observe({("m", "9"): 1.0}, 0, EXPIRES + 3)
    assert len(profiles) == 2
    assert profiles.reading(("m", "0"), 0) is None


def test_what_is_kept_goes_on_as_if_nothing_had_been() -> None:
    """Dumped and loaded in the middle, it says the same."""
    values = [*ordinary(2 * DAY), 30_000.0]
    one, said = taught(values)
    half, _ = taught(values[:DAY])
    other = Profiles(24, DAY - 1, 10, zero=False)
    other.load(half.dump())
    for at, value in enumerate(values[DAY:], DAY):
        again = other.observe({KEY: value}, 0, at * PERIOD)
    assert again == said[-1] != []
    assert other.octets == one.octets
