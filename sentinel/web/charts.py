"""Small charts as SVG, drawn on the server; the numbers are beside them in a table for who cannot see them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

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
