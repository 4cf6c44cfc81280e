"""Events of deviations and of limits that will be met."""

from __future__ import annotations

import math
import time

from sentinel.forecast.metrics import METRICS, Key
from sentinel.forecast.profiles import Reading
from sentinel.forecast.trend import Crossing
from sentinel.model.event import Event, Value
from sentinel.state.derive import derived

_SECOND = 10**9


def deviation(reading: Reading, now: int, period: int) -> Event:
    """What was measured, what was expected, how far that is out, and what the expectation rests on."""
    kind = "baseline.shifted" if reading.settled else "baseline.deviation"
    return derived(kind, now, whose(reading.key) | {
        "baseline.metric": reading.key[0], "baseline.measured": _short(reading.measured),
        "baseline.expected": _short(reading.expected), "baseline.low": _short(reading.low),
        "baseline.high": _short(reading.high), "baseline.score": round(reading.score, 1),
        "baseline.ratio": _short(reading.measured / max(reading.high, 1e-9)),
        "baseline.spread": round(math.expm1(reading.sigma), 3), "baseline.periods": reading.periods,
        "baseline.since": written(reading.since), "baseline.lasting": reading.lasting * period,
        "baseline.hourly": reading.hourly,
    })  # fmt: skip


def period(key: Key, measured: float, usual: Reading | None, now: int, *, least: int) -> Event:
    """What was measured of a number, and what was usual of it before; or the `least` periods until that is known."""
    fields: dict[str, Value] = {"baseline.metric": key[0], "baseline.measured": _short(measured)}
    fields["baseline.periods"] = usual.periods if usual else 0
    if usual:
        fields["baseline.since"] = written(usual.since)
    if least:
        fields["baseline.least"] = least
    elif usual:
        fields |= {
            "baseline.expected": _short(usual.expected), "baseline.low": _short(usual.low),
            "baseline.high": _short(usual.high), "baseline.hourly": usual.hourly,
        }  # fmt: skip
    return derived("baseline.period", now, whose(key) | fields)


def limit(key: Key, measured: float, bound: float, crossing: Crossing, now: int, *, period: int, horizon: int) -> Event:
    """When `bound` will be met, between when and when, and how probably within `horizon` periods."""

    def at(periods: int | None) -> str:
        return "" if periods is None else written(now + periods * period * _SECOND)

    return derived("forecast.limit", now, whose(key) | {
        "forecast.metric": key[0], "forecast.now": _short(measured), "forecast.limit": _short(bound),
        "forecast.used": _short(measured / bound), "forecast.slope": _short(crossing.slope * 3600 / period),
        "forecast.at": at(crossing.at), "forecast.earliest": at(crossing.earliest),
        "forecast.latest": at(crossing.latest), "forecast.within": crossing.at * period,
        "forecast.probability": round(crossing.probability, 3), "forecast.horizon": horizon * period,
    })  # fmt: skip


def load(key: Key, measured: float, bound: float, now: int) -> Event:
    """How much of its capacity a number uses."""
    return derived("forecast.load", now, whose(key) | {
        "forecast.metric": key[0], "forecast.now": _short(measured), "forecast.limit": _short(bound),
        "forecast.used": _short(measured / bound),
    })  # fmt: skip


def whose(key: Key) -> dict[str, Value]:
    """The fields that say whom a number is about."""
    found: dict[str, Value] = {}
    for name, value in zip(METRICS[key[0]].entity, key[1:], strict=True):
        found[name] = int(value) if name.endswith(".sst") and value.isdigit() else value
    return found


def written(when: int) -> str:
    """A time as people write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when / _SECOND))


def _short(value: float) -> float:
    """Four digits that count."""
    return float(f"{value:.4g}")
