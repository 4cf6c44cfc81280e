"""What people are shown: one alert for a flood of entities, and less confidence while the mirror is blind."""

from __future__ import annotations

from sentinel.detection import Detection
from sentinel.model.event import Event
from tests.unit.detection.conftest import MakeEvent
from tests.unit.detection.test_attributes import alerts_of, detection_of, document, rule_set

STEP = 0.001


def resets(make_event: MakeEvent, count: int, at: float = 0) -> list[Event]:
    return [
        make_event("ngap.ng_reset", at + number * STEP, number, source__ip=f"10.{number // 250}.{number % 250}.1")
        for number in range(count)
    ]


def test_a_flood_of_entities_is_one_alert_beyond_the_rules_share(make_event: MakeEvent) -> None:
    rules = rule_set(a_plain_rule=document(1, detection_of("ngap.ng_reset"), "flood: 10"))
    alerts = alerts_of(rules, resets(make_event, 60))
    single, shared = alerts[:10], alerts[10:]
    assert [alert.count for alert in single] == [1] * 10
    (flood,) = shared
    assert (flood.count, flood.entity) == (50, (("rule.name", "a-plain-rule"),))
    assert flood.fields["fiveg.alert.entities"] == 50
    examples = flood.fields["fiveg.alert.examples"]
    assert isinstance(examples, tuple)
    assert (len(examples), examples[0]) == (20, "source.ip=10.0.10.1")
    assert "source.ip" not in flood.fields


def test_thousands_of_entities_are_no_more_than_the_default_share(make_event: MakeEvent) -> None:
    rules = rule_set(a_plain_rule=document(1, detection_of("ngap.ng_reset")))
    found = Detection(rules).observe(resets(make_event, 5000))
    assert len(found.alerts) == 101
    assert max(alert.count for alert in found.alerts) == 4900


def test_who_has_an_alert_keeps_it_in_a_flood(make_event: MakeEvent) -> None:
    rules = rule_set(a_plain_rule=document(1, detection_of("ngap.ng_reset"), "flood: 10"))
    again = make_event("ngap.ng_reset", 1, 999, source__ip="10.0.0.1")
    alerts = {alert.entity: alert.count for alert in alerts_of(rules, [*resets(make_event, 60), again])}
    assert alerts[(("source.ip", "10.0.0.1"),)] == 2


def test_the_share_is_there_again_after_the_window(make_event: MakeEvent) -> None:
    rules = rule_set(a_plain_rule=document(1, detection_of("ngap.ng_reset"), "flood: 10, window: 1m"))
    later = make_event("ngap.ng_reset", 3600, 999, source__ip="10.9.9.9")
    assert (("source.ip", "10.9.9.9"),) in {
        alert.entity for alert in alerts_of(rules, [*resets(make_event, 60), later])
    }


def blinded(make_event: MakeEvent, said: str, *events: Event) -> dict[str, object]:
    text = document(1, detection_of("ngap.ng_reset"), f"planes: [n2], {said}")
    (alert,) = alerts_of(rule_set(a_plain_rule=text), events)
    return dict(alert.fields)


def test_what_is_missed_while_the_mirror_is_blind_is_unconfirmed(make_event: MakeEvent) -> None:
    blind = make_event("monitor.packets_dropped", 0)
    event = make_event("ngap.ng_reset", 1, source__ip="10.0.0.1")
    after = make_event("ngap.ng_reset", 120, 2, source__ip="10.0.0.1")
    name = "fiveg.alert.confidence"
    assert blinded(make_event, "blind: unconfirmed", blind, event)[name] == "unconfirmed"
    assert name not in blinded(make_event, "blind: unconfirmed", event)
    assert name not in blinded(make_event, "blind: confirmed", blind, event)
    assert name not in blinded(make_event, "blind: unconfirmed", blind, event, after)


def test_only_the_planes_of_the_rule_count(make_event: MakeEvent) -> None:
    event = make_event("ngap.ng_reset", 1, source__ip="10.0.0.1")
    for plane, expected in (("N2", True), ("N3", False)):
        blind = make_event("monitor.blind", 0, fiveg__monitor__plane=plane)
        found = blinded(make_event, "blind: unconfirmed", blind, event)
        assert ("fiveg.alert.confidence" in found) == expected


def test_a_rule_may_be_silent_while_the_mirror_is_blind(make_event: MakeEvent) -> None:
    rules = rule_set(a_plain_rule=document(1, detection_of("ngap.ng_reset"), "blind: silent"))
    lost, back = make_event("monitor.interface_lost", 0), make_event("monitor.interface_returned", 2)
    one, two = (make_event("ngap.ng_reset", at, at, source__ip="10.0.0.1") for at in (1, 3))
    assert alerts_of(rules, [lost, one]) == []
    (alert,) = alerts_of(rules, [lost, one, back, two])
    assert alert.count == 1
