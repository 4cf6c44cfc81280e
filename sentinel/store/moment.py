"""Moments as people and programs write them: RFC 3339, a relative `-24h`, or nanoseconds since the epoch."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from sentinel.errors import QueryError

_ID = re.compile("[0-9a-f]{16}-")
LATEST = 2**63 - 1  # what a store can hold, in the year 2262
_LONGEST = 64  # characters of any form, with room
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_RELATIVE = re.compile(r"-([0-9]{1,6})([smhdw])")
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)


def parse_moment(text: str, now: int, zone: tzinfo = UTC) -> int | None:
    """Nanoseconds since the epoch, `None` for an empty text; a moment without a zone is in `zone`."""
    text = text.strip()
    if not text:
        return None
    moment = _parse(text, now, zone) if len(text) <= _LONGEST else None
    if moment is None:
        raise QueryError(f"`{_short(text)}` is not a time; write 2026-11-21T04:05:06Z, -24h or nanoseconds", 1)
    if not 0 <= moment <= LATEST:
        raise QueryError(f"`{_short(text)}` is not a time: it has to lie between 1970 and 2262", 1)
    return moment


def _parse(text: str, now: int, zone: tzinfo) -> int | None:
    if text == "now":
        return now
    if match := _RELATIVE.fullmatch(text):
        return now - int(match[1]) * _UNITS[match[2]] * 1_000_000_000
    if re.fullmatch(r"[0-9]{10,}", text):
        return int(text)
    if match := _RFC3339.fullmatch(text):
        return _absolute(match, zone)
    return None


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _absolute(match: re.Match[str], zone: tzinfo) -> int:
    day, clock, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{(offset or '').upper()}")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        seconds = int(moment.timestamp())
    except (ValueError, OverflowError) as error:
        raise QueryError(f"`{match[0]}` is not a time: {error}", 1) from error
    return seconds * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


def time_of(cursor: str) -> int:
    """The moment, in nanoseconds, of the event that a page ended with; raises `QueryError` for what no page gave."""
    if not _ID.match(cursor) or (moment := int(cursor[:16], 16)) > LATEST:
        raise QueryError("a cursor is what the page before gave", 1)
    return moment
