"""Terminals whose risk rises: their alerts as they come, hour by hour, and when that makes a higher class.

Risk is that of `risk.py`, without what the site plan makes of a terminal: each alert is a chance, halved for each day. So
that a storm of one cause is no trend, a rule counts once an hour for a terminal. It is looked at when an hour of packet
time is over, so that how events are batched changes nothing.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist, linear_regression

from sentinel.model.alert import RuleRef
from sentinel.model.event import Event, Value
from sentinel.model.weight import HALF_LIFE, WEIGHTS
from sentinel.state.derive import derived
from sentinel.state.fields import text

CLASSES = (20, 50, 80)  # where a higher class begins
_HOUR = 3600 * 10**9
_LEAST = 3  # hours that a trend has
_POINTS = 24
_AHEAD = 24  # hours
_TERMINALS, _ALERTS = 10_000, 64
_EIGHTY = 1.2816  # of a normal distribution, four fifths lie within so many sigmas
_SUREST = 0.99


@dataclass(slots=True)
class Course:
    """A terminal's alerts (hour, rule and chance), and its risk at the end of each hour since the first."""

    alerts: list[tuple[int, str, float]] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


class Rising:
    """The courses of terminals that have alerts; of more than a cap, the oldest is forgotten."""

    def __init__(self) -> None:
        self._courses: OrderedDict[str, Course] = OrderedDict()
        self.due = 0  # the hour that goes on ends then; 0 before the first event

    def note(self, ref: RuleRef, event: Event) -> None:
        """A rule has alerted for an event."""
        weight = WEIGHTS[ref.severity] if ref.risk is None else ref.risk
        supi = text(event.fields, "fiveg.supi")
        if not supi or not weight:
            return
        course = self._courses.setdefault(supi, Course())
        hour = event.time // _HOUR
        if all(each[:2] != (hour, ref.slug) for each in course.alerts):
            course.alerts = [*course.alerts, (hour, ref.slug, min(weight / 100, _SUREST))][-_ALERTS:]
        if len(self._courses) > _TERMINALS:
            self._courses.popitem(last=False)

    def passed(self, now: int) -> Iterator[Event]:
        """The hours that are over by `now`, and what follows from them."""
        first, self.due = self.due, now - now % _HOUR + _HOUR
        if not first:
            return
        for end in range(max(first, self.due - _POINTS * _HOUR), self.due, _HOUR):
            for supi in list(self._courses):
                yield from self._hour(supi, end)

    def _hour(self, supi: str, end: int) -> Iterator[Event]:
        course = self._courses[supi]
        score = _score(course, end)
        if score < 1:
            del self._courses[supi]
            return
        course.scores = [*course.scores, score][-_POINTS:]
        told = _foretold(course.scores, end)
        if told:
            yield derived("forecast.risk", end, {"fiveg.supi": supi, "forecast.metric": "risk", **told})

    def dump(self) -> dict[str, object]:
        """What it remembers, in JSON's terms."""
        return {"due": self.due, "courses": {supi: [one.alerts, one.scores] for supi, one in self._courses.items()}}

    def load(self, saved: object) -> None:
        """Take back what `dump` gave."""
        if not isinstance(saved, dict):
            return
        self.due = saved["due"]
        self._courses = OrderedDict(
            (supi, Course([(hour, slug, chance) for hour, slug, chance in alerts], list(scores)))
            for supi, (alerts, scores) in saved["courses"].items()
        )

    def clear(self) -> None:
        """Forget everything."""
        self._courses.clear()
        self.due = 0


def _score(course: Course, end: int) -> float:
    safe = math.prod(1 - chance * math.exp2((hour * _HOUR - end) / HALF_LIFE) for hour, _, chance in course.alerts)
    return 100 * (1 - safe)


def _foretold(scores: list[float], end: int) -> Mapping[str, Value]:
    """When the next class is met, if it is within a day; nothing where the last hours did not rise."""
    bound = next((each for each in CLASSES if each > scores[-1]), None)
    if len(scores) < _LEAST or bound is None or scores[-1] <= max(scores[-_LEAST:-1]):
        return {}
    slope, _ = linear_regression(range(len(scores)), scores)
    wanted = (bound - scores[-1]) / _AHEAD
    if slope < wanted:
        return {}
    error = _error(scores, slope)
    return {
        "forecast.now": round(scores[-1], 1), "forecast.limit": float(bound), "forecast.slope": round(slope, 2),
        "forecast.at": _written(end, bound - scores[-1], slope),
        "forecast.earliest": _written(end, bound - scores[-1], slope + _EIGHTY * error),
        "forecast.latest": _written(end, bound - scores[-1], slope - _EIGHTY * error),
        "forecast.within": round((bound - scores[-1]) / slope * 3600),
        "forecast.probability": round(NormalDist(slope, error).cdf(2 * slope - wanted), 3),
        "forecast.horizon": _AHEAD * 3600,
    }  # fmt: skip


def _error(scores: list[float], slope: float) -> float:
    """The standard error of the slope."""
    middle = (len(scores) - 1) / 2
    mean = sum(scores) / len(scores)
    left = sum((score - mean - slope * (at - middle)) ** 2 for at, score in enumerate(scores))
    spread = sum((at - middle) ** 2 for at in range(len(scores)))
    return math.sqrt(left / max(len(scores) - 2, 1) / spread) + 1e-6


def _written(end: int, way: float, slope: float) -> str:
    """The time at which a slope has gone the way; empty where it does not."""
    if slope <= 0 or way / slope > 30 * _AHEAD:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end / 1e9 + way / slope * 3600))
