"""Small charts as SVG, drawn on the server; the numbers are beside them in a table for who cannot see them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sentinel.model.alert import Severity
from sentinel.web.links import link

_WIDTH, _HEIGHT = 1200, 96


def histogram(buckets: Sequence[tuple[int, int]], title: str, path: str, **wish: object) -> Markup:
    """Counts over time; each bar links to the page at `path` with the same wish, narrowed to its time."""
    if not buckets:
        return Markup("")
    most = max(count for _, count in buckets) or 1
    step = _WIDTH / len(buckets)
    width = buckets[1][0] - buckets[0][0] if len(buckets) > 1 else 1_000_000_000
    bars = [
        _bar(number * step, step, count / most, count, link(path, **{**wish, "since": start, "until": start + width}))
        for number, (start, count) in enumerate(buckets)
        if count
    ]
    head = Markup(
        '<svg class="histogram" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
    ).format(_WIDTH, _HEIGHT, title)
    return Markup("").join([head, *bars, Markup("</svg>")])


def _bar(x: float, step: float, share: float, count: int, target: str) -> Markup:
    height = max(2.0, share * (_HEIGHT - 4))
    gap = min(2.0, step * 0.2)
    return Markup(
        '<a href="{}"><rect class="hit" x="{:.1f}" y="0" width="{:.1f}" height="{}"/>'
        '<rect class="amount" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1"/><title>{}</title></a>'
    ).format(target, x, step, _HEIGHT, x + gap / 2, _HEIGHT - height, step - gap, height, count)


def line(points: Sequence[tuple[int, int]], title: str, most: int = 100) -> Markup:
    """A value over time, from 0 to `most`, which holds from each point to the next."""
    if len(points) < 2:
        return Markup("")
    first, last = points[0][0], points[-1][0]
    width = max(1, last - first)
    corners = []
    for (at, value), (following, _) in itertools.pairwise([*points, points[-1]]):
        y = _HEIGHT - 3 - (_HEIGHT - 6) * min(value, most) / most
        corners += [
            f"{_WIDTH * (at - first) / width:.1f},{y:.1f}",
            f"{_WIDTH * (following - first) / width:.1f},{y:.1f}",
        ]
    marks = [_HEIGHT - 3 - (_HEIGHT - 6) * share for share in (0, 0.5, 1)]
    grid = Markup("").join(Markup('<path class="grid" d="M0 {0:.1f}H{1}"/>').format(y, _WIDTH) for y in marks)
    area = Markup('<polygon class="area" points="0,{0} {1} {2},{0}"/>').format(_HEIGHT, " ".join(corners), _WIDTH)
    drawn = Markup('<polyline class="line" points="{}"/>').format(" ".join(corners))
    head = Markup('<svg class="trend" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">')
    return Markup("").join([head.format(_WIDTH, _HEIGHT, title), grid, area, drawn, Markup("</svg>")])


def severity_bar(counts: Mapping[str, int], title: str) -> Markup:
    """Shares of the severities as one bar, the worst first."""
    total = sum(counts.values())
    parts = [
        Markup(
            '<svg class="shares" viewBox="0 0 1000 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        ).format(title)
    ]
    x = 0.0
    for severity in reversed(Severity):
        share = 1000 * counts.get(severity, 0) / total if total else 0
        if share:
            parts.append(
                Markup('<rect class="sev-{}" x="{:.1f}" y="0" width="{:.1f}" height="8"/>').format(
                    severity.value, x, max(share - 3, 2)
                )
            )
        x += share
    return Markup("").join([*parts, Markup("</svg>")])


@dataclass(frozen=True, slots=True)
class Point:
    """A number in a period, and the band of what is usual, if that is known; `event` says more of it."""

    time: int
    measured: float
    low: float | None
    expected: float | None
    high: float | None
    event: str

    @property
    def above(self) -> bool:
        """More than is usual."""
        return self.high is not None and self.measured > self.high

    @property
    def out(self) -> bool:
        """Outside of what is usual."""
        return self.above or (self.low is not None and self.measured < self.low)


def band(points: Sequence[Point], title: str, gap: int) -> Markup:
    """A value over time on the band of what is usual; what is longer than `gap` stays open, departures are links."""
    most = max((min(each.high or 0, 4 * max(each.measured, each.expected or 0)) for each in points), default=0)
    most = max([most, *(each.measured for each in points)]) or 1
    first, width = points[0].time, max(1, points[-1].time - points[0].time)

    def at(each: Point, value: float) -> str:
        return f"{_WIDTH * (each.time - first) / width:.1f},{_HEIGHT - 4 - (_HEIGHT - 8) * min(value, most) / most:.1f}"

    head = Markup('<svg class="trend band" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">')
    parts = [head.format(_WIDTH, _HEIGHT, title)]
    parts += [Markup('<path class="grid" d="M0 {:.1f}H{}"/>').format(y, _WIDTH) for y in (_HEIGHT - 4, _HEIGHT / 2)]
    for run in _runs([each for each in points if each.expected is not None], gap):
        edge = [*(at(each, each.high or 0) for each in run), *(at(each, each.low or 0) for each in reversed(run))]
        parts.append(Markup('<polygon class="usual" points="{}"/>').format(" ".join(edge)))
        parts.append(_stroke("expected", [at(each, each.expected or 0) for each in run]))
    parts += [_stroke("line", [at(each, each.measured) for each in run]) for run in _runs(points, gap)]
    for each in points:
        if each.out:
            x = _WIDTH * (each.time - first) / width
            parts.append(
                Markup('<a href="/events/{}"><rect class="out" x="{:.1f}" y="0" width="10" height="{}"/></a>').format(
                    each.event, min(max(0.0, x - 5), _WIDTH - 10), _HEIGHT
                )
            )
    return Markup("").join([*parts, Markup("</svg>")])


def _stroke(name: str, corners: Sequence[str]) -> Markup:
    """A line; a single value is a short one."""
    if len(corners) == 1:
        x, y = corners[0].split(",")
        left = min(float(x), _WIDTH - 12)
        corners = [f"{left:.1f},{y}", f"{left + 12:.1f},{y}"]
    return Markup('<polyline class="{}" points="{}"/>').format(name, " ".join(corners))


def _runs(points: Sequence[Point], gap: int) -> list[list[Point]]:
    """Values that follow one another without a gap."""
    runs: list[list[Point]] = []
    for each in points:
        if runs and each.time - runs[-1][-1].time <= gap:
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs
