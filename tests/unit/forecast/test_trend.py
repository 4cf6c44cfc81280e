"""Trends: when a number meets its limit."""

from __future__ import annotations

import random

from sentinel.forecast.trend import Crossing, Trends

KEY = ("upf.sessions", "10.11.4.20")


def foretold(values: list[float], limit: float, horizon: int = 24, peak: float = 0.0) -> Crossing | None:
    """What a trend says after `values`."""
    trends = Trends(10)
    for value in values:
        trends.observe(KEY, value)
    return trends.crossing(KEY, limit, horizon, lambda ahead: peak if ahead >= 6 else 0.0, peak)


def test_a_line_meets_its_limit_when_it_does() -> None:
    """Ten a period, with noise: a hundred more are ten periods away."""
    chance = random.Random(1)
    found = foretold([1000 + 10 * at + chance.gauss(0, 3) for at in range(100)], 2090)
    assert found is not None
    assert 8 <= found.at <= 13
    assert found.earliest <= found.at <= (found.latest or 24)
    assert found.probability > 0.9
    assert 8 < found.slope < 12


def test_what_does_not_rise_meets_nothing() -> None:
    """Noise about a level, and a limit that is far."""
    chance = random.Random(2)
    assert foretold([1000 + chance.gauss(0, 5) for _ in range(200)], 1100) is None
    assert foretold([1000 - at for at in range(200)], 1100) is None


def test_nothing_is_foretold_of_little() -> None:
    """Two hours first."""
    assert foretold([100.0 * at for at in range(23)], 2400) is None
    assert foretold([100.0 * at for at in range(25)], 2800) is not None


def test_the_season_is_added() -> None:
    """It is level, and the shift that begins in half an hour brings the rest."""
    found = foretold([1000.0 + at % 3 for at in range(100)], 1400, peak=500)
    assert found is not None
    assert found.at == 6


def test_an_outlier_is_no_trend() -> None:
    """One value a thousand times as high."""
    chance = random.Random(3)
    values = [1000 + chance.gauss(0, 5) for _ in range(100)]
    assert foretold([*values, 1_000_000.0, *values[:3]], 2000) is None


def test_it_is_bounded_and_kept() -> None:
    """The oldest goes; what is dumped goes on."""
    trends = Trends(2)
    for number in range(3):
        trends.observe(("m", str(number)), 1.0)
    assert (len(trends), trends.evicted) == (2, 1)
    again = Trends(2)
    again.load(trends.dump())
    assert len(again) == 2
