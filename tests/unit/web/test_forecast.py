"""The page of forecasts: numbers on the band of what is usual, departures, limits, and what is still learnt."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sentinel.forecast import telling
from sentinel.forecast.metrics import Key
from sentinel.forecast.profiles import Reading
from sentinel.forecast.trend import Crossing
from sentinel.model.event import Event, PlainEvent
from sentinel.store.base import Document, Page, Span
from sentinel.web.charts import Point, band

if TYPE_CHECKING:
    import pytest

    from tests.unit.conftest import Doors

ZH = {"Accept-Language": "zh-CN"}
EN = {"Accept-Language": "en"}
JSON = {"Accept": "application/json"}
PERIOD = 300 * 10**9
START = 1_790_000_100_000_000_000
UPF: Key = ("upf.sessions", "10.11.3.10")
SITE: Key = ("site.octets",)
GNB: Key = ("gnb.services", "10.11.2.<b>")


def usual(key: Key, measured: float = 100.0, lasting: int = 0) -> Reading:
    """A hundred, give or take; learnt over 300 periods."""
    return Reading(key, measured, 100.0, 50.0, 200.0, 9.0, 0.17, 300, START - 300 * PERIOD, lasting, True)


def _stored(doors: Doors, events: Iterator[Event] | list[Event]) -> None:
    kept = [
        PlainEvent(each.kind, each.time, f"{each.time:016x}-{number:04x}", "live", 0, dict(each.fields))
        for number, each in enumerate(events)
    ]
    doors.store.add(kept, [], [])


def learning(periods: int = 3) -> list[Event]:
    """Numbers of which nothing is known yet."""
    return [
        telling.period(key, 10.0 + at, dataclasses.replace(usual(key), periods=at), START + at * PERIOD, least=864)
        for at in range(periods) for key in (UPF, SITE, GNB)
    ]  # fmt: skip


def surge() -> list[Event]:
    """Three periods as usual and one far above, told and foretold."""
    now = START + 3 * PERIOD
    told = [
        telling.period(key, value, usual(key), START + at * PERIOD, least=0)
        for at, value in enumerate((90.0, 100.0, 110.0, 400.0)) for key in (UPF, SITE) if key == UPF or value < 400
    ]  # fmt: skip
    told.append(telling.period(SITE, 120.0, usual(SITE), now, least=0))
    crossing = Crossing(at=6, earliest=4, latest=None, probability=0.87, slope=2.0)
    limit = [
        telling.limit(UPF, value, 500.0, crossing, now - at * PERIOD, period=300, horizon=12)
        for at, value in enumerate((400.0, 333.0))
    ]
    return [*told, *limit, telling.deviation(usual(UPF, 400.0, 1), now, 300)]


def test_without_a_period_it_says_what_is_learnt_and_how_long(doors: Doors) -> None:
    page = doors.browser("auditor").get("/forecast", headers=EN).text
    assert "No period has ended yet" in page
    assert "within ten minutes" in page
    assert "72 hours" in page
    assert "72 小时" in doors.browser("auditor").get("/forecast", headers=ZH).text


def test_what_is_learnt_is_shown_and_not_judged(doors: Doors) -> None:
    _stored(doors, learning())
    page = doors.browser("auditor").get("/forecast", headers=EN).text
    assert "Being learnt: 2 of 864 periods" in page
    assert 'class="usual"' not in page
    assert "As usual" not in page
    assert "已学习 2 / 864 个周期" in doors.browser("auditor").get("/forecast", headers=ZH).text


def test_an_hour_that_is_not_known_is_said(doors: Doors) -> None:
    """Enough is learnt, but not of this hour."""
    _stored(doors, [telling.period(SITE, 1.0, dataclasses.replace(usual(SITE), periods=900), START, least=864)])
    page = doors.browser("auditor").get("/forecast", headers=EN).text
    assert "Learnt over 900 periods, but not yet on three days at this hour" in page


def test_a_surge_stands_first_and_leads_to_its_events(doors: Doors) -> None:
    _stored(doors, surge())
    browser = doors.browser("auditor")
    found = browser.get("/forecast", headers=JSON).json()
    assert [each["metric"] for each in found["numbers"]] == ["upf.sessions", "site.octets"]
    assert [each["measured"] for each in found["numbers"][0]["points"]] == [90.0, 100.0, 110.0, 400.0]
    (departure,) = found["departures"]
    assert found["numbers"][0]["points"][-1]["event"] == departure["event"]
    (limit,) = found["limits"]
    assert (limit["now"], limit["at"], limit["latest"]) == (400.0, START + 9 * PERIOD, 0)
    page = browser.get("/forecast", headers=EN).text
    for text in ("More than is usual:</strong> 50 to 200, most likely 100", "at this hour of the day", "beyond the horizon",
                 "87%", "As usual:"):  # fmt: skip
        assert text in page, text
    for target in re.findall(r'href="(/events/[^"?]+)"', page):
        assert browser.get(target).status_code == 200


def test_base_stations_have_their_own_tab(doors: Doors) -> None:
    _stored(doors, learning())
    browser = doors.browser("auditor")
    page = browser.get("/forecast?of=gnb", headers=EN).text
    assert "10.11.2.&lt;b&gt;" in page
    assert "10.11.3.10" not in page
    assert "10.11.2.&lt;b&gt;" not in browser.get("/forecast?of=nothing&hours=7", headers=EN).text


def test_a_number_of_a_later_version_is_left_out(doors: Doors) -> None:
    odd = dataclasses.replace(usual(SITE))
    event = telling.period(SITE, 1.0, odd, START, least=0)
    _stored(
        doors, [PlainEvent(event.kind, event.time, "x", "live", 0, {**event.fields, "baseline.metric": "site.new"})]
    )
    assert "No such number in the latest period" in doors.browser("auditor").get("/forecast", headers=EN).text


def test_the_store_is_asked_as_often_whatever_there_is(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    events = doors.store.events

    def counted(query: str, span: Span, limit: int) -> Page[Document]:
        asked.append(query)
        return events(query, span, limit)

    monkeypatch.setattr(doors.store, "events", counted)
    _stored(doors, learning(20))
    doors.browser("auditor").get("/forecast", headers=JSON)
    assert len(asked) == 4


def test_a_chart_is_open_where_nothing_was_seen() -> None:
    """Two lines, two bands; a departure is a link; all within the frame."""
    points = [
        Point(at * PERIOD, value, 50.0, 100.0, 200.0, f"event-{at}")
        for at, value in ((0, 90.0), (1, 95.0), (9, 400.0), (10, 10.0))
    ]
    picture = band(points, "a <title>", 2 * PERIOD)
    assert picture.count('class="line"') == picture.count('class="usual"') == 2
    assert re.findall(r'href="/events/([^"]+)"', picture) == ["event-9", "event-10"]
    assert "a &lt;title&gt;" in picture
    for x, y in re.findall(r"([\d.-]+),([\d.-]+)", picture):
        assert 0 <= float(x) <= 1200
        assert 0 <= float(y) <= 96


def test_a_single_period_is_drawn() -> None:
    assert 'points="0.0,4.0 12.0,4.0"' in band([Point(5, 7.0, None, None, None, "e")], "x", PERIOD)
    assert 'points="0.0,92.0 12.0,92.0"' in band([Point(5, 0.0, None, None, None, "e")], "x", PERIOD)
