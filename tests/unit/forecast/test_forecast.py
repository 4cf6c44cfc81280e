"""The whole: periods of packet time, deviations and limits as events, the same however they are batched and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sentinel.forecast import Forecast
from sentinel.model.event import AnnotatedEvent, Event, PlainEvent, Value
from sentinel.site import SitePlan
from sentinel.state import snapshot

SUPI = "999700000000001"
SECOND = 10**9
SITE = SitePlan.model_validate(
    {"site": "plant", "time_zone": "UTC", "baseline_learning_hours": 1, "capacities": {"upf.sessions": 100}}
)


def event(kind: str, at: float, facts: dict[str, Value], **fields: Value) -> Event:
    """One, annotated."""
    flat = {name.replace("__", "."): value for name, value in fields.items()}
    return AnnotatedEvent(PlainEvent(kind, int(at * SECOND), f"{at}", "test", 0, {"event.action": kind, **flat}), facts)


def flow(at: float, octets: int) -> Event:
    return event("flow.ended", at, {"fiveg.supi": SUPI}, network__bytes=octets, network__packets=10)


def hours(periods: int = 20, surge: int = 0) -> Iterator[Event]:
    """A flow each minute, and two periods of large ones at the end."""
    for minute in range(periods * 5):
        yield flow(60 * minute + 1, 60_000 + minute % 7 * 1000)
    for minute in range(periods * 5, (periods + surge) * 5 + 1):
        yield flow(60 * minute + 1, 6_000_000)


def said(forecast: Forecast, events: Iterator[Event] | list[Event]) -> list[Event]:
    """All that it says beyond the events themselves."""
    return [each for event in events for each in forecast.take(event) if each is not event]


def told(forecast: Forecast, events: Iterator[Event] | list[Event]) -> list[Event]:
    """The same without the numbers of each period."""
    return [each for each in said(forecast, events) if each.kind != "baseline.period"]


def test_a_surge_is_told_at_the_end_of_its_period() -> None:
    found = [
        each for each in told(Forecast(SITE), hours(surge=2)) if each.fields["baseline.metric"] == "terminal.octets"
    ]
    assert [each.kind for each in found] == ["baseline.deviation"] * 2
    assert [each.time for each in found] == [21 * 300 * SECOND, 22 * 300 * SECOND]
    fields = found[1].fields
    assert (fields["fiveg.supi"], fields["baseline.measured"], fields["baseline.lasting"]) == (SUPI, 100_000.0, 600)
    assert fields["baseline.periods"] == 19  # the first one was seen in part
    assert told(Forecast(SITE), hours()) == []


def test_a_site_learns_as_long_as_it_wants() -> None:
    assert told(Forecast(SITE.model_copy(update={"baseline_learning_hours": 3})), hours(surge=2)) == []
    assert told(Forecast(), hours(surge=2)) == []


def test_it_goes_on_after_a_restart_as_if_nothing_had_been(tmp_path: Path) -> None:
    events = list(hours(surge=2))
    whole = said(Forecast(SITE), events)
    for cut in (3, 61, 100, 101):
        before, after = Forecast(SITE), Forecast(SITE)
        first = said(before, events[:cut])
        snapshot.save(tmp_path / "state", before.state())
        after.restore(snapshot.load(tmp_path / "state") or {})
        assert [*first, *said(after, events[cut:])] == whole


def test_a_silence_is_not_learnt() -> None:
    """An hour without anything, then the same again: no fall is told, and no zero was learnt."""
    events = [*hours(), *(flow(60 * minute + 1, 60_000) for minute in range(220, 260))]
    forecast = Forecast(SITE)
    assert told(forecast, events) == []
    usual = forecast.terminals.reading(("terminal.octets", SUPI), 0)
    assert usual is not None
    assert 900 < usual.expected < 1200


def test_what_comes_late_is_not_counted() -> None:
    forecast = Forecast(SITE)
    told(forecast, [flow(1000, 1), flow(100, 1), flow(1001, 1)])
    assert forecast.late == 1


def test_a_capacity_that_will_be_met_is_foretold() -> None:
    """Two sessions more in each period: a hundred are met in so many periods, and that is told before."""

    def session(period: int) -> Event:
        alive: dict[str, Value] = {"fiveg.pfcp.live_sessions": 2 * period}
        return event("pfcp.session_establishment_request", 300 * period + 1, alive, destination__ip="10.11.4.20")

    found = told(Forecast(SITE), [session(period) for period in range(48)])
    limits = [each.fields for each in found if each.kind == "forecast.limit"]
    loads = [each.fields for each in found if each.kind == "forecast.load"]
    assert limits[-1]["destination.ip"] == "10.11.4.20"
    assert limits[-1]["forecast.limit"] == 100
    assert "1970-01-01T04:00:00Z" <= str(limits[-1]["forecast.at"]) <= "1970-01-01T04:30:00Z"
    assert float(str(limits[-1]["forecast.probability"])) > 0.8
    assert min(float(str(each["forecast.used"])) for each in loads) >= 0.5


def test_the_pools_of_addresses_bound_all_sessions() -> None:
    plan = SitePlan.model_validate({"site": "p", "time_zone": "UTC", "ue_pools": ["10.45.0.0/29"]})
    alive: dict[str, Value] = {"fiveg.pfcp.live_sessions": 4}
    events = [event("pfcp.session_establishment_request", 300 * at + 1, alive, destination__ip="u") for at in range(3)]
    (load,) = told(Forecast(plan), events)
    assert (load.kind, load.fields["forecast.metric"], load.fields["forecast.limit"]) == (
        "forecast.load",
        "site.sessions",
        6,
    )


def test_a_period_that_was_seen_in_part_is_none() -> None:
    """The service was away for two minutes of the surge: neither of the two periods is judged, the third is."""
    forecast = Forecast(SITE)
    assert told(forecast, list(hours())) == []
    start = 20 * 300
    surge = [flow(start + 60 * minute + 1, 6_000_000) for minute in range(16)]
    assert told(forecast, surge[:4]) == []
    forecast.unseen((start + 320) * SECOND)
    found = told(forecast, surge[6:])
    assert {each.time for each in found} == {(start + 900) * SECOND}


def test_the_numbers_of_the_network_are_told_in_each_period() -> None:
    """Beside what is usual as soon as that is known, which a surge does not change; those of terminals are not."""
    found = [each for each in said(Forecast(SITE), hours(surge=2)) if each.kind == "baseline.period"]
    assert {each.fields["baseline.metric"] for each in found} == {"site.octets"}
    assert [each.time for each in found] == [300 * SECOND * period for period in range(2, 23)]
    first, last = dict(found[0].fields), dict(found[-1].fields)
    assert first.keys() == {
        "event.action",
        "baseline.metric",
        "baseline.measured",
        "baseline.periods",
        "baseline.least",
    }
    assert (first["baseline.periods"], first["baseline.least"]) == (0, 12)
    assert (last["baseline.measured"], last["baseline.periods"]) == (100_000.0, 19)
    low, expected, high = (float(str(last[f"baseline.{name}"])) for name in ("low", "expected", "high"))
    assert low < 1000 < high
    assert 900 < expected < 1100
    assert [each.fields.get("baseline.expected") is None for each in found] == [True] * 12 + [False] * 9


def test_a_number_that_falls_silent_is_told_as_zero() -> None:
    """While anything else is heard, that is what there is of it."""
    events = [*hours(4), *(event("dns.query", 1201 + 60 * minute, {}) for minute in range(12))]
    found = [each.fields for each in said(Forecast(SITE), events)]
    assert [each["baseline.measured"] for each in found][-1] == 0.0


def test_what_is_told_of_a_period_is_bounded() -> None:
    """Numbers of base stations come last; those that are left out are counted."""
    facts = [f"10.11.{number // 250}.{number % 250}" for number in range(100)]
    forecast = Forecast(SITE)
    for minute in range(1, 16):
        for kind in ("nas.registration_request", "nas.service_request", "ngap.handover_required"):
            for address in facts:
                at = event(kind, 60 * minute, {"fiveg.gnb.address": address}, destination__ip="10.11.2.10")
                found = [each for each in forecast.take(at) if each.kind == "baseline.period"]
                if found:
                    assert (len(found), found[0].fields["baseline.metric"]) == (256, "amf.registrations")
    assert forecast.untold == 45 * 2
