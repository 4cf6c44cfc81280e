"""Our own attributes: what is new, what is missing, filters, parameters, packet time, whole files as members."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from sentinel.detection import Detection, RuleSet, RuleSetError, load_files, with_parameters
from sentinel.model.alert import Alert
from sentinel.model.event import Event
from sentinel.model.fields import CATALOGUE
from tests.unit.detection.conftest import MakeEvent

SAID = "title_zh: 甲, description_zh: 乙, stage: [security_judgement], domain: networking, entity: [source.ip]"
HEAD = "title: A thing\nid: 00000000-0000-4000-8000-{0:012}\ndescription: It happened.\nlevel: high\n"
ALERTING = HEAD + "logsource: {{product: 5g}}\nsentinel: {{" + SAID + "{1}}}\n"


def document(number: int, body: str, more: str = "") -> str:
    return ALERTING.format(number, f", {more}" if more else "") + body + "\n"


def detection_of(kind: str) -> str:
    return f"detection: {{s: {{event.action: {kind}}}, condition: s}}"


def rule_set(**files: str) -> RuleSet:
    """Files by slug, `_` for `-`."""
    return load_files({Path(f"{name.replace('_', '-')}.yml"): text.encode() for name, text in files.items()}, CATALOGUE)


def alerts_of(rules: RuleSet, events: Sequence[Event]) -> list[Alert]:
    """The final alerts; one event at a time gives the same, and so does a restart after every event."""
    whole, single = Detection(rules), Detection(rules)
    final = {alert.id: alert for alert in whole.observe(events).alerts}
    last = {alert.id: alert for event in events for alert in single.observe([event]).alerts}
    assert last == final
    assert not whole.errors
    resumed: dict[str, Alert] = {}
    again = Detection(rules)
    for event in events:
        resumed |= {alert.id: alert for alert in again.observe([event]).alerts}
        state = again.state()
        again = Detection(rules)
        again.restore(state)
    assert resumed == final
    return list(final.values())


# first seen

NEW = "first_seen: {fields: [source.ip], learning: 10m, within: 1h}"


def test_only_what_is_new_after_learning_matches(make_event: MakeEvent) -> None:
    rules = rule_set(a_new_source=document(1, detection_of("ngap.ng_reset"), NEW))
    known = [make_event("ngap.ng_reset", 0, 1, source__ip="10.0.0.1")]
    again = [make_event("ngap.ng_reset", 700, 2, source__ip="10.0.0.1")]
    new = [make_event("ngap.ng_reset", 701, 3, source__ip="10.0.0.2")]
    (alert,) = alerts_of(rules, [*known, *again, *new])
    assert alert.entity == (("source.ip", "10.0.0.2"),)
    assert alert.count == 1
    assert alerts_of(rules, [*known, *again]) == []
    clause = alert.why.children[1]
    assert (clause.text, clause.children[0].value) == ("first seen within 1h", "10.0.0.2")


def test_learning_counts_from_the_first_event_of_any_kind(make_event: MakeEvent) -> None:
    rules = rule_set(a_new_source=document(1, detection_of("ngap.ng_reset"), NEW))
    other, first = make_event("nas.registration_request", 0), make_event("ngap.ng_reset", 601, 1, source__ip="10.0.0.9")
    assert len(alerts_of(rules, [other, first])) == 1
    assert alerts_of(rules, [first]) == []


def test_what_was_not_seen_for_long_is_new_again(make_event: MakeEvent) -> None:
    rules = rule_set(a_new_source=document(1, detection_of("ngap.ng_reset"), NEW))
    events = [make_event("ngap.ng_reset", at, at, source__ip="10.0.0.1") for at in (0, 3500, 7000, 10601)]
    (alert,) = alerts_of(rules, events)
    assert alert.first == events[3].time


def test_each_of_per_learns_for_itself(make_event: MakeEvent) -> None:
    asked = "first_seen: {fields: [destination.ip], per: [source.ip], learning: 10m}"
    rules = rule_set(a_new_target=document(1, detection_of("flow.started"), asked))

    def flow(at: float, source: str, target: str) -> Event:
        return make_event("flow.started", at, int(at), source__ip=source, destination__ip=target)

    late = [flow(5000, "10.0.0.2", "10.9.0.1"), flow(5001, "10.0.0.2", "10.9.0.2")]
    assert alerts_of(rules, [flow(0, "10.0.0.1", "10.9.0.1"), *late]) == []
    (alert,) = alerts_of(rules, [flow(0, "10.0.0.1", "10.9.0.1"), *late, flow(5601, "10.0.0.2", "10.9.0.3")])
    assert alert.count == 1


def test_an_event_without_the_field_is_not_new(make_event: MakeEvent) -> None:
    rules = rule_set(a_new_source=document(1, detection_of("ngap.ng_reset"), NEW))
    assert alerts_of(rules, [make_event("ngap.ng_reset", 0), make_event("ngap.ng_reset", 700, 1)]) == []


# absence

REQUEST, ANSWER = (
    "name: request\n" + detection_of("pfcp.heartbeat_request"),
    "name: answer\n" + detection_of("pfcp.heartbeat_response"),
)
UNANSWERED = "correlation: {type: temporal_ordered, rules: [request, answer], group-by: [source.ip], timespan: 10s}"


def unanswered(**changes: str) -> RuleSet:
    text = "---\n".join(
        (
            document(1, REQUEST),
            document(2, ANSWER),
            document(3, changes.get("body", UNANSWERED), changes.get("absence", "absence: answer")),
        )
    )
    return rule_set(no_answer_came=text)


def heard(make_event: MakeEvent, what: str, at: float, source: str = "10.0.0.1") -> Event:
    return make_event(f"pfcp.heartbeat_{what}", at, int(at), source__ip=source)


def test_what_does_not_follow_alerts_once_its_time_is_over(make_event: MakeEvent) -> None:
    asked, tick = heard(make_event, "request", 0), make_event("flow.started", 11)
    (alert,) = alerts_of(unanswered(), [asked, tick])
    assert (alert.first, [one.event_id for one in alert.evidence]) == (asked.time, [asked.id])
    assert alert.why.text == "what should have followed did not within 10s"
    assert alerts_of(unanswered(), [asked, make_event("flow.started", 10)]) == []


def test_what_follows_in_time_does_not_alert(make_event: MakeEvent) -> None:
    tick = make_event("flow.started", 100)
    asked = heard(make_event, "request", 0)
    assert alerts_of(unanswered(), [asked, heard(make_event, "response", 10), tick]) == []
    assert len(alerts_of(unanswered(), [asked, heard(make_event, "response", 5, "10.0.0.2"), tick])) == 1
    assert len(alerts_of(unanswered(), [asked, heard(make_event, "response", 11), tick])) == 1


def test_silence_alerts_once_until_it_is_broken(make_event: MakeEvent) -> None:
    body = "correlation: {type: event_count, rules: [answer], group-by: [source.ip], timespan: 30s, condition: {lt: 1}}"
    rules = unanswered(body=body)
    alive = [heard(make_event, "response", at) for at in (0, 20, 40)]
    tick = [make_event("flow.started", at) for at in (60, 71, 90, 200)]
    (alert,) = alerts_of(rules, [*alive, *tick])
    assert (alert.first, alert.count, alert.why.text) == (alive[2].time, 1, "nothing more within 30s")
    again = heard(make_event, "response", 210)
    (alert,) = alerts_of(rules, [*alive, *tick, again, make_event("flow.started", 241)])
    assert alert.count == 2


def test_a_longer_order_waits_for_its_last_from_its_first(make_event: MakeEvent) -> None:
    body = (
        "correlation: {type: temporal_ordered, rules: [request, other, answer], group-by: [source.ip], timespan: 10s}"
    )
    text = "---\n".join(
        (
            document(1, REQUEST),
            document(4, "name: other\n" + detection_of("pfcp.association_setup_request")),
            document(2, ANSWER),
            document(3, body, "absence: answer"),
        )
    )
    rules = rule_set(no_answer_came=text)
    middle = make_event("pfcp.association_setup_request", 5, 5, source__ip="10.0.0.1")
    start, tick = heard(make_event, "request", 0), make_event("flow.started", 11)
    (alert,) = alerts_of(rules, [start, middle, tick])
    assert [one.event_id for one in alert.evidence] == [start.id, middle.id]
    assert alerts_of(rules, [start, middle, heard(make_event, "response", 9), tick]) == []
    assert alerts_of(rules, [start, tick]) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"absence": "absence: request"}, "names what does not come, expected the last rule"),
        ({"body": UNANSWERED.replace("temporal_ordered", "temporal")}, "`absence` goes with `temporal_ordered`"),
        (
            {"body": "correlation: {type: event_count, rules: [answer], timespan: 1m, condition: {gte: 1}}"},
            "silence needs one rule and the condition `lt: 1`",
        ),
    ],
)
def test_absence_is_refused_where_it_means_nothing(changes: dict[str, str], message: str) -> None:
    with pytest.raises(RuleSetError, match=message):
        unanswered(**changes)


# filters

FILTER = """\
title: The scanner of the plant
logsource: {product: 5g}
filter: {rules: [base], known: {source.ip|cidr: 10.0.0.0/8}, condition: known}
"""
OWNED = "sentinel: {reason: our scanner, owner: soc, expires: 2023-11-14}\n"


def filtered(owned: str = OWNED) -> RuleSet:
    return rule_set(
        a_plain_rule=document(1, "name: base\n" + detection_of("ngap.ng_reset")), own_filters_x=FILTER + owned
    )


def test_a_filter_suppresses_until_it_expires(make_event: MakeEvent) -> None:
    rules = filtered()  # events start at 2023-11-14T22:13:20Z; the day ends 6400 s later
    before, after = (make_event("ngap.ng_reset", at, at, source__ip="10.1.1.1") for at in (6399, 6400))
    other = make_event("ngap.ng_reset", 0, source__ip="11.1.1.1")
    assert alerts_of(rules, [before]) == []
    assert len(alerts_of(rules, [other])) == 1
    (alert,) = alerts_of(rules, [before, after])
    assert (alert.first, alert.count) == (after.time, 1)
    (suppression,) = rules.suppressions
    assert (suppression.owner, suppression.reason, suppression.rules) == ("soc", "our scanner", ("a-plain-rule",))


@pytest.mark.parametrize("missing", ["reason: our scanner", "owner: soc", "expires: 2023-11-14"])
def test_a_filter_says_why_whose_and_until_when(missing: str) -> None:
    kept = [part for part in ("reason: our scanner", "owner: soc", "expires: 2023-11-14") if part != missing]
    with pytest.raises(RuleSetError) as caught:
        filtered(f"sentinel: {{{', '.join(kept)}}}\n")
    assert f"own-filters-x.yml:4: `sentinel.{missing.partition(':')[0]}` is missing" in str(caught.value)


def test_an_expiry_is_a_date() -> None:
    with pytest.raises(RuleSetError, match=r"own-filters-x\.yml:4: `soon` is no date"):
        filtered(OWNED.replace("2023-11-14", "soon"))


def test_attributes_of_other_kinds_are_refused() -> None:
    with pytest.raises(RuleSetError, match=r"`sentinel\.owner` says nothing in a detection"):
        rule_set(a_plain_rule=document(1, detection_of("ngap.ng_reset"), "owner: soc"))


# packet time


def test_the_packet_time_is_a_field(make_event: MakeEvent) -> None:
    body = 'detection: {s: {event.action: ngap.ng_reset, "@timestamp|hour|gte": 22}, condition: s}'
    rules = rule_set(at_night_only=document(1, body))  # events start at 22:13:20
    assert len(alerts_of(rules, [make_event("ngap.ng_reset", 0, source__ip="10.0.0.1")])) == 1
    assert alerts_of(rules, [make_event("ngap.ng_reset", 6400, source__ip="10.0.0.1")]) == []


# parameters

PORTS = (
    'detection: {s: {event.action: flow.started, destination.port|expand: "%ports%",'
    ' network.bytes|gte|expand: "%large%"}, condition: s}'
)
DECLARED = (
    "parameters: {ports: {default: [22, 23], en: ports, zh: 端口}, window: {minimum: 1, en: w, zh: 窗},"
    " large: {default: 1000, minimum: 10, maximum: 100000, en: octets, zh: 字节}}"
)


def test_a_site_sets_what_a_rule_declares(make_event: MakeEvent) -> None:
    rules = rule_set(remote_administration=document(1, PORTS, DECLARED))

    def fires(port: int, octets: int, **values: object) -> bool:
        changed = with_parameters(rules, {"remote-administration": values}) if values else rules  # type: ignore[dict-item]
        event = make_event("flow.started", source__ip="10.0.0.1", destination__port=port, network__bytes=octets)
        return bool(alerts_of(changed, [event]))

    assert [fires(22, 1000), fires(80, 1000), fires(22, 999)] == [True, False, False]
    assert [fires(22, 1000, ports=[80]), fires(80, 1000, ports=[80])] == [False, True]
    assert fires(22, 10, large=10)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ports": "22"}, "`ports` of `remote-administration` is `22`, expected a list"),
        ({"ports": ["ssh"]}, "holds `ssh`, expected numbers"),
        ({"large": 9}, "is 9, expected at least 10"),
        ({"large": 1e6}, "expected at most 100000"),
        ({"window": "soon"}, "expected a timespan"),
        ({"colour": 1}, "unknown parameter `colour`"),
    ],
)
def test_a_site_is_told_what_a_parameter_takes(values: dict[str, str], message: str) -> None:
    with pytest.raises(RuleSetError) as caught:
        with_parameters(rule_set(remote_administration=document(1, PORTS, DECLARED)), {"remote-administration": values})
    assert message in str(caught.value)


def test_a_parameter_says_what_it_is() -> None:
    with pytest.raises(RuleSetError, match="`zh` is missing in parameter `ports`"):
        rule_set(remote_administration=document(1, PORTS, DECLARED.replace(", zh: 端口", "")))
    with pytest.raises(RuleSetError, match=r"placeholder `%ports%` has no values"):
        rule_set(remote_administration=document(1, PORTS))


# a file as a member


def test_a_chain_takes_any_alert_of_a_file_which_goes_on_alerting(make_event: MakeEvent) -> None:
    first = "---\n".join(
        (document(1, detection_of("ngap.ng_reset")), document(2, detection_of("ngap.error_indication")))
    )
    chain = document(
        4,
        "correlation: {type: temporal_ordered, rules: [a-first-step, a-second-step], group-by: [source.ip], timespan: 1h}",
    )
    rules = rule_set(a_first_step=first, a_second_step=document(3, detection_of("flow.started")), chain_of_two=chain)
    last = make_event("flow.started", 9, 9, source__ip="10.0.0.1")
    for kind in ("ngap.ng_reset", "ngap.error_indication"):
        start = make_event(kind, 0, source__ip="10.0.0.1")
        assert {alert.rule.slug for alert in alerts_of(rules, [start, last])} == {
            "a-first-step", "a-second-step", "chain-of-two",
        }  # fmt: skip
        assert "chain-of-two" not in {alert.rule.slug for alert in alerts_of(rules, [last, make_event(kind, 10, 10)])}


# identities


@pytest.mark.parametrize("item", ["fiveg.supi|startswith: '99970'", "fiveg.supi: '99970*'", "fiveg.pei|re: ^35"])
def test_a_part_of_an_identity_is_refused(item: str) -> None:
    with pytest.raises(RuleSetError, match="may be stored as a pseudonym"):
        rule_set(part_of_a_supi=document(1, f"detection: {{s: {{{item}}}, condition: s}}"))


def test_a_whole_identity_is_not() -> None:
    assert rule_set(whole_of_a_supi=document(1, "detection: {s: {fiveg.supi: '999700000000001'}, condition: s}"))
