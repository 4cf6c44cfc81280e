"""Baselines: what is usual of a number, by hour, learnt online, robust to an attack in the learning data.

Theory of operation. All numbers are taken as logarithms (`log1p`), so that a spread is a factor. A profile has a level for
each hour of the day (those of a weekend may be apart), one over all hours, and two spreads about these.

- A level is Huber's: a new value moves it by its distance, clipped to two spreads, over the number of periods seen. An
  outlier, and so each period of an attack, moves it by no more than that.
- A spread is the median of the distances (MAD), which is followed by their sign only: how far out a value is does not
  matter. A fifth of the learning periods may be anything; the tests hold that.
- An hour is known when three days of it are learnt, so that neither one day's attack nor one day's shift is what is usual.
  Before, nothing is said of it; only a site that learns for less than a day is held to the level over all hours.
- Once enough periods are learnt, a value outside of four sigma is a deviation, and is not learnt. When deviations have
  gone on for a day of periods without a break, this is what is usual now: the profile is learnt anew, and says so.

Rows of arrays, one for each number that is watched, so that a period of a large site is a few operations of numpy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentinel.forecast.metrics import Key

EDGE = 4.0  # sigmas
PERSISTS = 288  # deviating periods in a row that are a new normal
EXPIRES = 30 * 86_400 * 10**9  # a number that was not seen for so long is forgotten
_MAD = 0.6745  # median of the absolute values of a normal distribution, in sigmas
_FLOOR = 0.05  # least sigma: what is within a fifth is never a deviation
_CLIP = 2.0
_HOUR_KNOWN = 36  # periods of an hour: three days of it
_DAY = 288
_OVERALL, _HOURLY, _SPREAD = 1 / 576, 1 / 84, 0.02  # least weights: two days of periods, a week of an hour's
_PACE = 4  # how much faster than a mean a level moves while it is new: away from a first value that was none
_FIRST_ROWS = 64

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """A number of a period against its profile; `low` to `high` is the band, `lasting` the deviating periods in a row."""

    key: Key
    measured: float
    expected: float
    low: float
    high: float
    score: float
    sigma: float
    periods: int
    since: int
    lasting: int
    hourly: bool
    settled: bool = False  # it has deviated for so long that it is learnt anew


class Profiles:
    """Profiles of up to `cap` numbers with `hours` hours each; `least` periods make one known.

    `zero`: a number of which nothing is said in a period is 0 then; else nothing is known of it.
    """

    def __init__(self, hours: int, least: int, cap: int, *, zero: bool) -> None:
        self._hours, self.least, self.cap, self._zero = hours, max(least, 2), cap, zero
        self._rows: dict[Key, int] = {}
        self._free: list[int] = []
        self.evicted = 0
        self._arrays = _arrays(0, hours)

    def __len__(self) -> int:
        return len(self._rows)

    def observe(self, values: Mapping[Key, float], hour: int, now: int) -> list[Reading]:
        """Take the values of a period; those that deviate, the furthest out first."""
        keys, rows = self._rows_of(values, now)
        if not keys:
            return []
        measured = np.array([values.get(key, 0.0) for key in keys])
        x = np.log1p(np.maximum(measured, 0)).astype(np.float32)
        center, sigma, hourly = self._band(rows, hour)
        score = (x - center) / sigma
        a = self._arrays
        judged = (a["periods"][rows] >= self.least) & (hourly | (self.least < _DAY))
        out = judged & (np.abs(score) >= EDGE)
        a["out"][rows] = np.where(out, a["out"][rows] + 1, 0)
        settled = a["out"][rows] >= PERSISTS
        found = np.flatnonzero(out)
        readings = [
            self._reading(keys[at], rows[at], float(measured[at]), (center[at], sigma[at], score[at], hourly[at]))
            for at in found[np.argsort(-np.abs(score[found]), kind="stable")]
        ]
        self._begin(rows[settled], x[settled], now)
        self._learn(rows[~out], x[~out], hour)
        return readings

    def _band(self, rows: NDArray[np.int64], hour: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        a = self._arrays
        hourly = a["counts"][rows, hour] >= _HOUR_KNOWN
        center = np.where(hourly, a["levels"][rows, hour], a["level"][rows])
        spread = np.where(hourly, a["spread"][rows], a["width"][rows])
        return center, np.maximum(spread / _MAD, _FLOOR).astype(np.float32), hourly

    def _reading(self, key: Key, row: int, measured: float, band: Sequence[Any]) -> Reading:
        center, sigma, score, hourly = band
        a = self._arrays
        lasting = int(a["out"][row])
        return Reading(
            key, measured, float(np.expm1(center)), max(0.0, float(np.expm1(center - EDGE * sigma))),
            float(np.expm1(center + EDGE * sigma)), float(score), float(sigma), int(a["periods"][row]),
            int(a["since"][row]), lasting, bool(hourly), lasting >= PERSISTS,
        )  # fmt: skip

    def _learn(self, rows: NDArray[np.int64], x: Floats, hour: int) -> None:
        a = self._arrays
        seen, here = a["periods"][rows].astype(np.float32), a["counts"][rows, hour].astype(np.float32)
        step = np.maximum(2 / (seen + 2), _SPREAD)
        for level, spread, weight, at in (
            ("level", "width", np.maximum(_PACE / (seen + _PACE), _OVERALL), (rows,)),
            ("levels", "spread", np.maximum(_PACE / (here + _PACE), _HOURLY), (rows, hour)),
        ):
            center = np.where((seen if level == "level" else here) == 0, x, a[level][at])
            distance, width = x - center, np.maximum(a[spread][rows], _FLOOR)
            a[level][at] = center + weight * np.clip(distance, -_CLIP * width, _CLIP * width)
            a[spread][rows] *= np.exp(step * ((np.abs(distance) > a[spread][rows]) - 0.5))
        a["periods"][rows] += 1
        a["counts"][rows, hour] = np.minimum(a["counts"][rows, hour] + 1, 60_000)

    def reading(self, key: Key, hour: int) -> Reading | None:
        """What is usual of a number at an hour, as if that had been measured; none where nothing is known of it."""
        row = self._rows.get(key)
        if row is None:
            return None
        rows = np.array([row])
        center, sigma, hourly = self._band(rows, hour)
        return self._reading(key, row, float(np.expm1(center[0])), (center[0], sigma[0], 0.0, hourly[0]))

    def judges(self, reading: Reading) -> bool:
        """Whether enough is learnt for what a reading says is usual to be held against anything."""
        return reading.periods >= self.least and (reading.hourly or self.least < _DAY)

    def keys(self) -> Iterable[Key]:
        """The numbers that it has a profile of."""
        return self._rows.keys()

    def season(self, key: Key, hour: int) -> float:
        """What an hour adds to the level over all hours; nothing while the hour is not known."""
        row, a = self._rows.get(key), self._arrays
        if row is None or a["counts"][row, hour] < _HOUR_KNOWN:
            return 0.0
        return float(np.expm1(a["levels"][row, hour]) - np.expm1(a["level"][row]))

    def peak(self, key: Key) -> float:
        """The most that an hour adds."""
        row, a = self._rows.get(key), self._arrays
        if row is None:
            return 0.0
        levels = a["levels"][row][a["counts"][row] >= _HOUR_KNOWN]
        return float(np.expm1(levels.max()) - np.expm1(a["level"][row])) if levels.size else 0.0

    def known(self, key: Key) -> bool:
        """Enough periods of it are learnt."""
        row = self._rows.get(key)
        return row is not None and int(self._arrays["periods"][row]) >= self.least

    def _rows_of(self, values: Mapping[Key, float], now: int) -> tuple[list[Key], NDArray[np.int64]]:
        for key in values:
            if key not in self._rows:
                self._add(key, now)
        keys = list(self._rows) if self._zero else [key for key in values if key in self._rows]
        rows = np.fromiter((self._rows[key] for key in keys), np.int64, len(keys))
        said = np.fromiter((self._rows[key] for key in values if key in self._rows), np.int64)
        self._arrays["seen"][said] = now
        return keys, rows

    def _add(self, key: Key, now: int) -> None:
        """A row for a new number; a full table takes no more until others have expired."""
        if not self._free and len(self._rows) >= self.cap:
            self.evicted += 1
            return
        if not self._free:
            self._grow()
        row = self._rows[key] = self._free.pop()
        for array in self._arrays.values():
            array[row] = 0
        self._begin(np.array([row]), None, now)

    def _begin(self, rows: NDArray[np.int64], x: Floats | None, now: int) -> None:
        a = self._arrays
        for name in ("periods", "out", "counts"):
            a[name][rows] = 0
        a["spread"][rows], a["width"][rows], a["since"][rows] = 1.0, 1.0, now
        if x is not None:
            a["level"][rows] = x

    def _grow(self) -> None:
        before = len(self._arrays["level"])
        after = min(max(_FIRST_ROWS, 2 * before), max(self.cap, before + 1))
        self._arrays = {
            name: np.concatenate([self._arrays[name], array])
            for name, array in _arrays(after - before, self._hours).items()
        }
        self._free = list(range(after - 1, before - 1, -1))

    def forget(self, now: int) -> None:
        """Numbers that were not seen for a month go."""
        seen = self._arrays["seen"]
        for key in [key for key, row in self._rows.items() if now - int(seen[row]) > EXPIRES]:
            self._free.append(self._rows.pop(key))

    @property
    def octets(self) -> int:
        """Memory of the arrays."""
        return sum(array.nbytes for array in self._arrays.values())

    def dump(self) -> dict[str, Any]:
        """What is to outlive a restart, in plain terms."""
        return {
            "rows": dict(self._rows), "free": list(self._free), "evicted": self.evicted,
            "arrays": {name: array.tobytes() for name, array in self._arrays.items()},
        }  # fmt: skip

    def load(self, kept: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        shapes = _arrays(0, self._hours)
        self._arrays = {
            name: np.frombuffer(octets, shapes[name].dtype).reshape((-1, *shapes[name].shape[1:])).copy()
            for name, octets in kept["arrays"].items()
        }
        self._rows, self._free, self.evicted = dict(kept["rows"]), list(kept["free"]), kept["evicted"]


def _arrays(rows: int, hours: int) -> dict[str, NDArray[Any]]:
    return {
        "levels": np.zeros((rows, hours), np.float32), "counts": np.zeros((rows, hours), np.uint16),
        "level": np.zeros(rows, np.float32), "spread": np.zeros(rows, np.float32), "width": np.zeros(rows, np.float32),
        "periods": np.zeros(rows, np.uint32), "out": np.zeros(rows, np.uint32), "since": np.zeros(rows, np.int64),
        "seen": np.zeros(rows, np.int64),
    }  # fmt: skip
