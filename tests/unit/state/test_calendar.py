"""Hours and ends of permits."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.state.calendar import expired, minute_of_week, week, within

ZONE = "Asia/Shanghai"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("hours", "when", "inside"),
    [
        ("", "2026-11-21T03:00", True),
        ("00:00-24:00", "2026-11-21T23:59", True),
        ("08:00-18:00", "2026-11-21T08:00", True),
        ("08:00-18:00", "2026-11-21T18:00", False),
        ("mon-fri 08:00-18:00", "2026-11-21T12:00", False),  # a Saturday
        ("Mon-Fri 08:00-18:00; sat 10:00-14:00", "2026-11-21T12:00", True),
        ("fri-mon 08:00-18:00", "2026-11-21T12:00", True),
        ("22:00-06:00", "2026-11-21T23:00", True),
        ("22:00-06:00", "2026-11-21T07:00", False),
        ("fri 22:00-06:00", "2026-11-21T05:00", True),  # Friday night goes on into Saturday
        ("sat 22:00-06:00", "2026-11-21T05:00", False),
        ("whenever", "2026-11-21T05:00", True),
    ],
)
def test_hours(hours: str, when: str, inside: bool) -> None:
    assert within(hours, at(when), ZONE) is inside


def test_hours_are_those_of_the_site() -> None:
    noon = at("2026-11-20T12:00")
    assert within("11:00-13:00", noon, ZONE)
    assert not within("11:00-13:00", noon, "UTC")


@pytest.mark.parametrize(
    ("until", "when", "over"),
    [
        ("", "2099-01-01", False),
        ("2026-11-20", "2026-11-20T23:59", False),
        ("2026-11-20", "2026-11-21T00:00", True),
        ("2026-11-20T12:00", "2026-11-20T12:00", True),
        ("2026-11-20T12:00+00:00", "2026-11-20T19:00", False),
        ("some day", "2099-01-01", False),
    ],
)
def test_ends(until: str, when: str, over: bool) -> None:
    assert expired(until, at(when), ZONE) is over


def test_a_week_is_ranges_of_minutes() -> None:
    assert week("mon 08:00-08:01") == ((480, 480),)
    assert week("00:00-24:00") == ((0, 7 * 1440 - 1),)
    assert week("sun 23:00-01:00") == ((0, 59), (6 * 1440 + 23 * 60, 7 * 1440 - 1))


@pytest.mark.parametrize("hours", ["", "tomorrow", "08:00-08:00", "08:00-99:00"])
def test_hours_that_mean_nothing_are_refused_where_they_are_written(hours: str) -> None:
    with pytest.raises(ValueError, match="hours are written as"):
        week(hours)


@settings(deadline=None)
@given(
    st.sampled_from(["mon-fri 06:00-22:00", "22:00-06:00", "sat-mon 23:00-01:00", "00:00-24:00"]), st.integers(0, 2**62)
)
def test_a_week_says_the_same_as_hours(hours: str, now: int) -> None:
    minute = minute_of_week(now, "Asia/Shanghai")
    assert any(low <= minute <= high for low, high in week(hours)) == within(hours, now, "Asia/Shanghai")
