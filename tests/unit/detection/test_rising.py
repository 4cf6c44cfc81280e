"""Risk that rises: told when a trend of hours makes a higher class within a day, and by nothing less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sentinel.detection import Detection
from sentinel.detection.rising import Rising
from sentinel.model.alert import RuleRef, Severity
from sentinel.model.event import Event, PlainEvent
from sentinel.pipeline import load_rules

HOUR = 3600 * 10**9
SUPI = "999700000000001"
RULES = load_rules(Path("rules"))
REF = RULES.alerting[0].ref


def ref(slug: str, severity: Severity = Severity.MEDIUM) -> RuleRef:
    return replace(REF, slug=slug, severity=severity, risk=None)


def at(hour: float, supi: str = SUPI) -> Event:
    return PlainEvent("x.y", int(hour * HOUR), f"{hour}", "test", 0, {"event.action": "x.y", "fiveg.supi": supi})


def told(noted: dict[float, RuleRef], hours: int = 6) -> list[Event]:
    """What is said over so many hours, of which some have an alert."""
    rising, found = Rising(), list[Event]()
    for step in range(2 * hours):
        now = step * HOUR // 2
        found += rising.passed(now) if now >= rising.due else []
        if step / 2 in noted:
            rising.note(noted[step / 2], at(step / 2))
    return found


def test_a_course_that_rises_has_a_time_and_an_interval() -> None:
    """One more medium alert each hour: 20, 36, 48, and 50 is near."""
    (third, *_) = told({hour + 0.5: ref(f"rule-{hour}") for hour in range(4)})
    fields = third.fields
    assert (third.kind, third.time, fields["fiveg.supi"]) == ("forecast.risk", 3 * HOUR, SUPI)
    assert 40 < float(str(fields["forecast.now"])) < 50 == fields["forecast.limit"]
    assert str(fields["forecast.earliest"]) <= str(fields["forecast.at"]) <= str(fields["forecast.latest"])
    assert int(str(fields["forecast.within"])) < 3600
    assert float(str(fields["forecast.probability"])) > 0.8


def test_what_fades_or_repeats_itself_is_no_trend() -> None:
    assert told({0.5: ref("one")}) == []
    assert told({0.5: ref("one"), 0.0: ref("two"), 1.0: ref("three")}) == []
    assert told({hour / 2: ref("one", Severity.LOW) for hour in range(2)}, hours=30) == []


def test_an_alert_without_a_terminal_or_weight_counts_nothing() -> None:
    rising = Rising()
    rising.note(ref("one"), at(0, supi=""))
    rising.note(replace(ref("one"), risk=0), at(0))
    assert rising.dump()["courses"] == {}


def test_it_goes_on_after_a_restart() -> None:
    one, other = Rising(), Rising()
    list(one.passed(0))
    one.note(ref("one"), at(0.5))
    list(one.passed(HOUR))
    other.load(one.dump())
    assert other.dump() == one.dump()


def test_detection_judges_what_it_makes() -> None:
    """However the events are batched: the rule fires, and the events are handed on to be stored."""
    detection = Detection(RULES)
    for hour in range(3):
        detection._rising.due = detection._rising.due or HOUR
        detection._rising.note(ref(f"rule-{hour}"), at(hour + 0.5))
        found = detection.observe([at(hour + 1)])
    assert [event.kind for event in found.events] == ["forecast.risk"]
    assert [alert.rule.slug for alert in found.alerts] == ["forecast-risk-rise"]
