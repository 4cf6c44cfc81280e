"""The engine: dispatch, findings, failures, reload and state."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from sentinel.detection import Detection, Findings, RuleSet, RuleSetError
from sentinel.model.event import Event, PlainEvent, Value

MakeRules = Callable[..., RuleSet]
MakeEvent = Callable[..., Event]
RESET = "name: base\ndetection: {s: {event.action: ngap.ng_reset}, condition: s}\n"
COUNT = "correlation: {type: event_count, rules: [base], group-by: [source.ip], timespan: 10m, condition: {gte: 3}}\n"


def _resets(make_event: MakeEvent, number: int) -> list[Event]:
    return [make_event("ngap.ng_reset", n, n, source__ip="1.1.1.1") for n in range(number)]


def test_findings_are_one_revision_an_alert_with_its_proofs(make_rules: MakeRules, make_event: MakeEvent) -> None:
    detection = Detection(make_rules(RESET))
    events = _resets(make_event, 3)
    findings = detection.observe([*events, make_event("ngap.other")])
    (alert,) = findings.alerts
    assert (alert.count, alert.rule.slug, alert.entity) == (3, "a-test-rule", (("source.ip", "1.1.1.1"),))
    assert findings.proofs == tuple(events)
    assert detection.observe([]) == Findings()


def test_a_correlation_proves_itself_with_all_members(make_rules: MakeRules, make_event: MakeEvent) -> None:
    detection = Detection(make_rules(RESET, COUNT))
    events = _resets(make_event, 5)
    assert detection.observe(events[:2]) == Findings()
    (first,) = detection.observe(events[2:3]).alerts
    assert ([one.packet for one in first.evidence], first.count) == ([0, 1, 2], 1)
    assert (first.why.text, first.why.held) == ("event_count >= 3 within 10m: 3", True)
    assert first.why.children[0].text == "base"
    second = detection.observe(events[3:])
    assert ([one.packet for one in second.alerts[0].evidence], second.alerts[0].count) == ([0, 1, 2, 3, 4], 3)
    assert second.alerts[0].id == first.id
    assert second.proofs == tuple(events[3:])


def test_generate_alerts_on_both(make_rules: MakeRules, make_event: MakeEvent) -> None:
    detection = Detection(make_rules(RESET, f"generate: true\n{COUNT}"))
    assert len(detection.observe(_resets(make_event, 3)).alerts) == 2


def test_correlations_chain(make_rules: MakeRules, make_event: MakeEvent) -> None:
    login = "name: after\ndetection: {s: {event.action: ngap.ng_setup_request}, condition: s}\n"
    chain = "correlation: {type: temporal_ordered, rules: [many, after], group-by: [source.ip], timespan: 1m}\n"
    detection = Detection(make_rules(RESET, f"name: many\n{COUNT}", login, chain))
    events = [*_resets(make_event, 3), make_event("ngap.ng_setup_request", 9, 9, source__ip="1.1.1.1")]
    assert not detection.observe(events[:3]).alerts
    (alert,) = detection.observe(events[3:]).alerts
    assert [one.packet for one in alert.evidence] == [0, 1, 2, 9]


def test_an_alias_joins_different_fields(make_rules: MakeRules, make_event: MakeEvent) -> None:
    pair = (
        "correlation: {type: temporal, rules: [base, reply], group-by: [peer], timespan: 1m,"
        " aliases: {peer: {base: source.ip, reply: destination.ip}}}\n"
    )
    reply = "name: reply\ndetection: {s: {event.action: ngap.ng_reset_acknowledge}, condition: s}\n"
    detection = Detection(make_rules(RESET, reply, pair))
    one = make_event("ngap.ng_reset", 0, 0, source__ip="1.1.1.1")
    other = make_event("ngap.ng_reset_acknowledge", 1, 1, destination__ip="1.1.1.1")
    assert len(detection.observe([one, other]).alerts) == 1


def test_the_service_chooses_the_events(make_rules: MakeRules, make_event: MakeEvent) -> None:
    rule = "detection: {s: {source.ip: 1.1.1.1}, condition: s}\n"
    rules = make_rules(rule)
    rules = replace(rules, rules=(replace(rules.rules[0], service="ot"),))
    detection = Detection(rules)
    kinds = ["modbus.write", "ot.poll_lost", "ngap.ng_reset"]
    found = [len(detection.observe([make_event(kind, 0, 0, source__ip="1.1.1.1")]).alerts) for kind in kinds]
    assert found == [1, 1, 0]


def test_a_failing_rule_stops_no_other(make_rules: MakeRules, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(dict[str, Value]):
        def get(self, name: str, default: object = None) -> Value | None:  # type: ignore[override]  # breaks on purpose
            if name == "tcp.flags":
                raise RuntimeError("broken")
            return super().get(name)

    other = RESET.replace("name: base", "name: other").replace("event.action: ngap.ng_reset", "tcp.flags: S")
    rules = make_rules(other, RESET)
    detection = Detection(rules)
    bad = PlainEvent("ngap.ng_reset", 1, "id", "test", 1, Broken({"event.action": "ngap.ng_reset", "tcp.flags": "S"}))
    findings = detection.observe([bad, bad])
    assert [alert.rule.id for alert in findings.alerts] == [rules.rules[1].key]
    (failure,) = detection.errors.values()
    assert (failure.count, failure.message) == (2, "RuntimeError: broken")
    assert len(caplog.records) == 1


def test_reload_keeps_what_unchanged_rules_remember(make_rules: MakeRules, make_event: MakeEvent) -> None:
    detection = Detection(make_rules(RESET, COUNT))
    events = _resets(make_event, 4)
    detection.observe(events[:2])
    detection.reload(make_rules(RESET, COUNT.replace("correlation:", "author: me\ncorrelation:")))
    (alert,) = detection.observe(events[2:3]).alerts
    assert alert.count == 1
    detection.reload(make_rules(RESET, COUNT.replace("gte: 3", "gte: 2")))
    assert not detection.observe(events[3:]).alerts


def test_reload_takes_all_or_nothing(make_rules: MakeRules, make_event: MakeEvent) -> None:
    detection = Detection(make_rules(RESET, COUNT), {"a-test-rule": {"gte": 2}})
    before = detection.rules
    with pytest.raises(RuleSetError):
        detection.reload(make_rules(RESET), {"no-such-rule": {"gte": 2}})
    assert detection.rules is before
    assert len(detection.observe(_resets(make_event, 2)).alerts) == 1


def test_state_survives_json(make_rules: MakeRules, make_event: MakeEvent) -> None:
    rules, events = make_rules(RESET, COUNT), _resets(make_event, 9)
    one, two = Detection(rules), Detection(rules)
    one.observe(events[:5])
    two.restore(json.loads(json.dumps(one.state())))
    assert one.observe(events[5:]).alerts == two.observe(events[5:]).alerts
    assert not two.errors


def test_proofs_of_a_restored_state_are_only_new_events(make_rules: MakeRules, make_event: MakeEvent) -> None:
    rules, events = make_rules(RESET, COUNT), _resets(make_event, 3)
    one, two = Detection(rules), Detection(rules)
    one.observe(events[:2])
    two.restore(json.loads(json.dumps(one.state())))
    findings = two.observe(events[2:])
    assert len(findings.alerts[0].evidence) == 3
    assert findings.proofs == tuple(events[2:])
