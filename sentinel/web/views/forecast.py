"""Forecasts: the numbers of the network beside what is usual, what deviated, and which limits will be met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from sentinel.forecast.counters import SECONDS
from sentinel.forecast.metrics import METRICS, NETWORK
from sentinel.model.alert import Stage
from sentinel.model.event import Value
from sentinel.store.base import AlertFilter, AlertRecord, Document, Span
from sentinel.store.moment import parse_moment
from sentinel.web.charts import Point
from sentinel.web.console import Console
from sentinel.web.gate import Reader, Shown
from sentinel.web.searching import event_time

router = APIRouter(prefix="/forecast")
HOURS = (6, 24)
GROUPS = {"network": "-baseline.metric:gnb.*", "gnb": "baseline.metric:gnb.*"}
_PERIODS = "event.action:baseline.period"
_DEPARTED = "(event.action:baseline.deviation OR event.action:baseline.shifted)"
_HOUR = 3600 * 10**9
_MOST = 5000  # values of all charts together: a day of the numbers of a plant
_CARDS = 60
_LISTED = 50
_ORDER = {name: at for at, name in enumerate(NETWORK)}
Entity = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A number over time, as of its latest period; `least` periods are learnt before anything is said of it."""

    metric: str
    entity: Entity
    points: Sequence[Point]
    periods: int
    least: int
    since: str
    hourly: bool

    @property
    def now(self) -> Point:
        """The latest period."""
        return self.points[-1]


@dataclass(frozen=True, slots=True)
class Departure:
    """A number that was outside of what is usual; `shifted`: for so long that it is learnt anew."""

    event: str
    time: int
    metric: str
    entity: Entity
    measured: float
    expected: float
    low: float
    high: float
    lasting: int
    shifted: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """A number on its way to a limit: when it is probably met, and between when and when (0: beyond the horizon)."""

    event: str
    time: int
    metric: str
    entity: Entity
    now: float
    limit: float
    at: int
    earliest: int
    latest: int
    probability: float


@dataclass(frozen=True, slots=True)
class ForecastPage:
    """The page. `latest` is when the latest period ended (0: none did); `hidden` numbers have no room."""

    of: str
    hours: int
    latest: int
    numbers: Sequence[Number]
    hidden: int
    partial: bool
    departures: Sequence[Departure]
    limits: Sequence[Limit]
    alerts: Sequence[AlertRecord]

    @property
    def gap(self) -> int:
        """Nanoseconds after which a chart stays open: a period is missing."""
        return 2 * SECONDS * 10**9


@router.get("")
def show(request: Request, shown: Shown, visitor: Reader, of: str = "network", hours: int = HOURS[0]) -> Response:
    """The numbers of the network or of its base stations, over the hours before the latest period."""
    of, hours = of if of in GROUPS else "network", hours if hours in HOURS else HOURS[0]
    return shown.respond(request, visitor, "forecast.html", _page(shown, of, hours))


def _page(shown: Console, of: str, hours: int) -> ForecastPage:
    found = shown.store.events(_PERIODS, Span(), 1)
    if not found.rows:
        return ForecastPage(of, hours, 0, (), 0, found.partial, (), (), ())
    latest = event_time(found.rows[0])
    during = Span(latest - hours * _HOUR, latest + 1)
    departed = shown.store.events(_DEPARTED, during, _LISTED)
    page = shown.store.events(f"{_PERIODS} {GROUPS[of]}", during, _MOST)
    numbers = _numbers(
        page.rows, latest, {(event_time(each), _of(each)): _text(each, "event.id") for each in departed.rows}
    )
    return ForecastPage(
        of, hours, latest, numbers[:_CARDS], max(0, len(numbers) - _CARDS), page.partial or page.cursor is not None,
        [_departure(each) for each in departed.rows], _limits(shown, during), _alerts(shown, during),
    )  # fmt: skip


def _numbers(rows: Sequence[Document], latest: int, departed: Mapping[tuple[int, object], str]) -> list[Number]:
    """Those of the latest period, each with what came before; what is out of the usual stands first."""
    series: dict[tuple[str, Entity], list[Document]] = {}
    for row in reversed(rows):
        if row.get("baseline.metric") in _ORDER:  # a later version may have had more
            series.setdefault(_of(row), []).append(row)
    found = [_number(of, each, departed) for of, each in series.items() if event_time(each[-1]) == latest]
    return sorted(found, key=lambda each: (not each.now.out, _ORDER[each.metric], str(each.entity)))


def _number(of: tuple[str, Entity], rows: Sequence[Document], departed: Mapping[tuple[int, object], str]) -> Number:
    last = rows[-1]
    points = [_point(row, departed.get((event_time(row), of), _text(row, "event.id"))) for row in rows]
    return Number(
        *of, points, int(_known(last, "periods") or 0), int(_known(last, "least") or 0), _text(last, "baseline.since"),
        bool(last.get("baseline.hourly")),
    )  # fmt: skip


def _point(row: Document, event: str) -> Point:
    low, expected, high = (_known(row, name) for name in ("low", "expected", "high"))
    return Point(event_time(row), _known(row, "measured") or 0.0, low, expected, high, event)


def _departure(row: Document) -> Departure:
    measured, expected, low, high = (_known(row, name) or 0.0 for name in ("measured", "expected", "low", "high"))
    return Departure(
        _text(row, "event.id"), event_time(row), *_of(row), measured, expected, low, high,
        int(_known(row, "lasting") or 0), row.get("event.action") == "baseline.shifted",
    )  # fmt: skip


def _limits(shown: Console, during: Span) -> list[Limit]:
    """The latest word about each number that was on its way to a limit."""
    latest: dict[object, Limit] = {}
    for row in shown.store.events("event.action:forecast.limit", during, _LISTED).rows:
        at, earliest, until = (
            parse_moment(_text(row, f"forecast.{name}"), 0) or 0 for name in ("at", "earliest", "latest")
        )
        now, limit, likely = (_known(row, name, "forecast") or 0.0 for name in ("now", "limit", "probability"))
        latest.setdefault(
            of := _of(row, "forecast.metric"),
            Limit(_text(row, "event.id"), event_time(row), *of, now, limit, at, earliest, until, likely),
        )
    return list(latest.values())


def _alerts(shown: Console, during: Span) -> Sequence[AlertRecord]:
    """What rules made of it."""
    rules = tuple(sorted({rule.slug for rule in shown.rules.rules if Stage.FORECAST in rule.stages}))
    return shown.store.alerts(AlertFilter(rules=rules, span=Span(during.since)), _LISTED).rows if rules else ()


def _of(row: Document, name: str = "baseline.metric") -> tuple[str, Entity]:
    """The metric, and whom it is about."""
    metric = _text(row, name)
    about = METRICS.get(metric)
    return metric, tuple((field, row[field]) for field in (about.entity if about else ()) if row.get(field) is not None)


def _known(row: Document, name: str, group: str = "baseline") -> float | None:
    value = row.get(f"{group}.{name}")
    return float(value) if isinstance(value, int | float) else None


def _text(row: Document, name: str) -> str:
    return str(row.get(name, ""))
