"""Where a number is going: Holt's exponential smoothing of what the season leaves, and when it meets a limit.

The spread of a forecast of h periods is Holt's (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 8.7, the
model with additive errors and trend). An error is clipped to four spreads before it is learnt, as a baseline's is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from sentinel.forecast.metrics import Key
from sentinel.state.bounded import Bounded

LEAST = 24  # periods before anything is foretold: two hours
_LEVEL, _SLOPE, _SPREAD = 0.2, 0.02, 0.05
_CLIP = 4.0
_STEPS = 24  # of a horizon that are looked at
_EARLY, _MIDDLE, _LATE = 0.1, 0.5, 0.9
_NORMAL = NormalDist()
State = tuple[float, float, float, int]  # level, slope, variance, periods
Season = Callable[[int], float]  # what the season adds so many periods from now


@dataclass(frozen=True, slots=True)
class Crossing:
    """A limit that is met: in how many periods, at the earliest and at the latest, and how probably within the horizon."""

    at: int
    earliest: int
    latest: int | None
    probability: float
    slope: float


class Trends:
    """Level and slope of each number, learnt online."""

    def __init__(self, cap: int) -> None:
        self._states: Bounded[Key, State] = Bounded(cap)

    def __len__(self) -> int:
        return len(self._states)

    @property
    def evicted(self) -> int:
        """Numbers that were forgotten for others."""
        return self._states.evicted

    def observe(self, key: Key, value: float) -> None:
        """A value of the next period, without its season."""
        state = self._states.get(key)
        if state is None:
            self._states[key] = (value, 0.0, 0.0, 1)
            return
        level, slope, variance, periods = state
        ahead = level + slope
        error = value - ahead
        if periods >= LEAST:
            most = _CLIP * math.sqrt(variance) + 1e-9
            error = max(-most, min(most, error))
        weight = max(_LEVEL, 1 / (periods + 1))
        variance += max(_SPREAD, 1 / (periods + 1)) * (error * error - variance)
        self._states[key] = (ahead + weight * error, slope + _SLOPE * error, variance, periods + 1)

    def crossing(self, key: Key, limit: float, horizon: int, season: Season, peak: float) -> Crossing | None:
        """When the number meets `limit` within `horizon` periods; none where that is not to be expected.

        `peak` is the most that the season adds: most numbers are far from their limit whatever the hour.
        """
        state = self._states.get(key)
        if state is None or state[3] < LEAST or _probability(state, limit, horizon, peak) < _MIDDLE:
            return None
        step = max(1, horizon // _STEPS)
        found = [(ahead, _probability(state, limit, ahead, season(ahead))) for ahead in range(step, horizon + 1, step)]
        middle = _first(found, _MIDDLE)
        if middle is None:
            return None
        most = max(probability for _, probability in found)
        return Crossing(middle, _first(found, _EARLY) or middle, _first(found, _LATE), most, state[1])

    def dump(self) -> Bounded[Key, State]:
        """What is to outlive a restart."""
        return self._states

    def load(self, kept: Bounded[Key, State]) -> None:
        """Take back what `dump` gave."""
        self._states = kept


def _probability(state: State, limit: float, ahead: int, season: float) -> float:
    level, slope, variance, _ = state
    grown = 1 + (ahead - 1) * (_LEVEL**2 + _LEVEL * _SLOPE * ahead + _SLOPE**2 * ahead * (2 * ahead - 1) / 6)
    spread = math.sqrt(variance * grown) + 1e-9
    return 1 - _NORMAL.cdf((limit - level - slope * ahead - season) / spread)


def _first(found: list[tuple[int, float]], least: float) -> int | None:
    return next((ahead for ahead, probability in found if probability >= least), None)
