"""Hours and ends of permits, in the time zone of the site."""

from __future__ import annotations

import functools
import re
import zoneinfo
from datetime import UTC, datetime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"^(?:([a-z]{3})(?:-([a-z]{3}))?\s+)?(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$")
_MINUTE = 60 * 10**9
_DAY = 24 * 60  # minutes
_Span = tuple[frozenset[int], int, int]  # days, first minute, minute after the last


def within(hours: str, now: int, zone: str) -> bool:
    """The time lies in `hours`: `08:00-18:00`, `mon-fri 22:00-06:00`, several with `;` between; empty is always.

    Hours that cannot be read are always too: what is not known is not held against anybody.
    """
    spans = _spans(hours)
    if not spans:
        return True
    day, minute = local(now // _MINUTE, zone)
    for days, first, end in spans:
        if first <= end and day in days and first <= minute < end:
            return True
        if first > end and ((day in days and minute >= first) or ((day - 1) % 7 in days and minute < end)):
            return True
    return False


def expired(until: str, now: int, zone: str) -> bool:
    """`until` (an ISO 8601 date, of which the whole day counts, or a time) is over; empty, or unreadable, never is."""
    end = end_of(until, zone)
    return end is not None and now >= end


def minute_of_week(now: int, zone: str) -> int:
    """Minutes since Monday began there."""
    return _minute_of_week(now // _MINUTE, zone)


@functools.lru_cache(16384)  # more than a week's: traffic of a week is decided again in any order
def _minute_of_week(minute: int, zone: str) -> int:
    day, there = local(minute, zone)
    return day * _DAY + there


def week(hours: str) -> tuple[tuple[int, int], ...]:
    """The minutes of the week that lie in `hours`, as ranges with both ends in; raises `ValueError` if unreadable."""
    spans = _spans(hours)
    if not spans or any(first == end or max(first, end) > _DAY for _, first, end in spans):
        raise ValueError("hours are written as `mon-fri 06:00-22:00`, several with `;` between")
    minutes = {
        (day * _DAY + minute) % (7 * _DAY)
        for days, first, end in spans
        for day in days
        for minute in range(first, end if first <= end else end + _DAY)
    }
    starts = sorted(minute for minute in minutes if minute - 1 not in minutes)
    ends = sorted(minute for minute in minutes if minute + 1 not in minutes)
    return tuple(zip(starts, ends, strict=True))


@functools.lru_cache(1024)
def _spans(hours: str) -> tuple[_Span, ...]:
    found = []
    for part in filter(None, (each.strip().lower() for each in hours.split(";"))):
        read = _PART.match(part)
        if read is None:
            return ()
        first, last = read[1], read[2] or read[1]
        if not {first, last} <= {None, *DAYS}:
            return ()
        days = _days(first, last) if first and last else frozenset(range(7))
        found.append((days, int(read[3]) * 60 + int(read[4]), int(read[5]) * 60 + int(read[6])))
    return tuple(found)


def _days(first: str, last: str) -> frozenset[int]:
    begin, end = DAYS.index(first), DAYS.index(last)
    return frozenset((begin + step) % 7 for step in range((end - begin) % 7 + 1))


@functools.lru_cache(64)
def local(minute: int, zone: str) -> tuple[int, int]:
    """Day of the week and minute of the day there, of a minute since the epoch."""
    there = datetime.fromtimestamp(minute * 60, UTC).astimezone(zoneinfo.ZoneInfo(zone))
    return there.weekday(), there.hour * 60 + there.minute


@functools.lru_cache(4096)
def end_of(until: str, zone: str) -> int | None:
    """The first moment after `until`; none where it cannot be read."""
    try:
        read = datetime.fromisoformat(until)
    except ValueError:
        return None
    if len(until) == len("2026-01-01"):
        read = read.replace(hour=23, minute=59, second=59, microsecond=999_999)
    there = read if read.tzinfo else read.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return int(there.timestamp() * 1e6) * 1000
