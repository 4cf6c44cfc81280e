"""What pages that search events have in common: spans of time, histograms, the time of a document."""

from __future__ import annotations

import time

from sentinel.store.base import Document, Histogram, Span
from sentinel.store.moment import parse_moment
from sentinel.web.console import Console

BUCKETS = 80


def span(shown: Console, since: str, until: str) -> Span:
    """The span that an address asks for; `all` is any time. Raises `QueryError`."""
    now = time.time_ns()
    return Span(parse_moment("" if since == "all" else since, now, shown.zone), parse_moment(until, now, shown.zone))


def histogram(shown: Console, query: str, during: Span) -> Histogram:
    """Counts over time; where one bar would hold everything, over the time of that bar."""
    counted = shown.store.event_histogram(query, during, BUCKETS)
    for _ in range(2):
        held = [number for number, (_, count) in enumerate(counted.parts) if count]
        if len(held) != 1 or len(counted.parts) < BUCKETS // 2:
            break
        start, width = counted.parts[held[0]][0], counted.parts[1][0] - counted.parts[0][0]
        counted = shown.store.event_histogram(query, Span(start, start + width), BUCKETS)
    return counted


def event_time(document: Document) -> int:
    """The packet time of an event document."""
    return parse_moment(str(document.get("@timestamp", "")), 0) or 0
