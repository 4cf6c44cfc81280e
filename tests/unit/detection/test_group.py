"""Matches become alerts: joined within the window, evidence capped, identities learnt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from sentinel.detection import Rule, RuleSet
from sentinel.detection.correlate import Match
from sentinel.detection.group import Group, Groups
from sentinel.model.alert import Clause
from sentinel.model.event import Event

MakeRules = Callable[..., RuleSet]
MakeEvent = Callable[..., Event]


def _why() -> Clause:
    return Clause("selection", True)


def _rule(make_rules: MakeRules) -> Rule:
    return make_rules("detection: {s: {event.action: a.x}, condition: s}").rules[0]


def _join(groups: Groups, rule: Rule, event: Event) -> Group:
    return groups.join(rule, Match(event), _why)


def test_matches_within_the_window_are_one_alert(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(), _rule(make_rules)
    times = [0, 3600, 7200, 7200 + 3601]
    found = [_join(groups, rule, make_event("a.x", at, n, source__ip="1.1.1.1")) for n, at in enumerate(times)]
    assert [found[0].id == one.id for one in found] == [True, True, True, False]
    alert = found[2].alert()
    assert (alert.count, (alert.last - alert.first) // 10**9) == (3, 7200)
    assert found[3].alert().count == 1


def test_another_entity_is_another_alert(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(), _rule(make_rules)
    one, two = (_join(groups, rule, make_event("a.x", 0, 0, source__ip=f"1.1.1.{n}")) for n in (1, 2))
    assert one.id != two.id
    assert (one.entity, two.entity) == ((("source.ip", "1.1.1.1"),), (("source.ip", "1.1.1.2"),))


def test_evidence_is_the_first_and_the_latest(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(), _rule(make_rules)
    for n in range(100):
        group = _join(groups, rule, make_event("a.x", n, n))
    alert = group.alert()
    assert alert.count == 100
    assert [evidence.packet for evidence in alert.evidence] == [*range(20), *range(80, 100)]
    assert [event.packet for event in group.proofs()] == [*range(20), *range(80, 100)]
    assert group.proofs() == ()


def test_fields_are_the_first_events_without_payload(make_rules: MakeRules, make_event: MakeEvent) -> None:
    event = make_event("a.x", 0, 0, fiveg__payload__head="00", fiveg__payload__length=1)
    fields = _join(Groups(), _rule(make_rules), event).alert().fields
    assert fields == {"event.action": "a.x", "fiveg.payload.length": 1}


def test_an_identity_is_learnt_but_not_mixed_up(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(), _rule(make_rules)
    _join(groups, rule, make_event("a.x", 0, 0, fiveg__ran_ue_ngap_id="1", source__ip="1.1.1.1"))
    _join(groups, rule, make_event("a.x", 1, 1, fiveg__ran_ue_ngap_id="2", fiveg__supi="222", source__ip="1.1.1.1"))
    _join(groups, rule, make_event("a.x", 2, 2, fiveg__ran_ue_ngap_id="1", fiveg__supi="111", source__ip="1.1.1.1"))
    last = make_event("a.x", 3, 3, fiveg__suci="suci-0", fiveg__gnb__name="gnb1", source__ip="1.1.1.1")
    fields = _join(groups, rule, last).alert().fields
    assert fields["fiveg.supi"] == "111"
    assert fields["related.user"] == ("222", "111", "suci-0")
    assert fields["related.ip"] == ("1.1.1.1",)
    assert fields["related.hosts"] == ("gnb1",)


def test_related_users_are_capped(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(), _rule(make_rules)
    for n in range(150):
        group = _join(groups, rule, make_event("a.x", n, n, fiveg__supi=str(n)))
    users = group.alert().fields["related.user"]
    assert isinstance(users, tuple)
    assert len(users) == 100


def test_long_texts_are_cut_everywhere(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule, long = Groups(), _rule(make_rules), "x" * 65_536
    fields = {"fiveg.gnb.name": long, "fiveg.supi": long, "fiveg.plmn": (long,) * 1000, "source.ip": "1.1.1.1"}
    event = make_event("a.x", 0, 0, **fields)
    group = groups.join(rule, Match(event), lambda: Clause("and", True, children=(Clause("x", True, "f", long),)))
    _join(groups, rule, make_event("a.x", 1, 1, **fields | {"fiveg.guti": long}))
    alert = group.alert()
    name = alert.fields["fiveg.gnb.name"]
    assert isinstance(name, str)
    assert (len(name), name[-2:]) == (512, "x…")
    assert alert.fields["fiveg.guti"] == name
    assert alert.fields["fiveg.plmn"] == (name,) * 100
    assert (alert.fields["related.user"], alert.fields["related.hosts"]) == ((name,), (name,))
    assert alert.why.children[0].value == name
    assert len(json.dumps(groups.dump())) < 100_000


def test_what_is_cut_is_still_told_apart(make_rules: MakeRules, make_event: MakeEvent) -> None:
    detection = "detection: {s: {event.action: a.x}, condition: s}"
    rule = replace(make_rules(detection).rules[0], entity=("fiveg.gnb.name",))
    groups = Groups()
    long = "x" * 65_536
    found = [_join(groups, rule, make_event("a.x", n, n, fiveg__gnb__name=f"{long}{n % 2}")) for n in range(4)]
    assert [one.id == other.id for one, other in zip(found, found[2:], strict=False)] == [True, True]
    assert found[0].id != found[1].id
    assert {len(str(one.entity[0][1])) for one in found} == {512}


def test_open_alerts_are_capped(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(most=50), _rule(make_rules)
    for n in range(500):
        _join(groups, rule, make_event("a.x", 0, n, source__ip=f"2001:db8::{n:x}"))
    assert len(groups.dump()) == 50


def test_a_late_flood_leaves_no_more_evidence(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(), _rule(make_rules)
    for n in range(500):
        group = _join(groups, rule, make_event("a.x", 1000 - n, n, source__ip="1.1.1.1"))
    assert (len(group.known), len(group.fresh), len(group.alert().evidence)) == (40, 40, 40)


def test_the_idlest_is_closed_first(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(most=2), _rule(make_rules)
    first = [_join(groups, rule, make_event("a.x", n, n, source__ip=f"1.1.1.{n}")) for n in range(3)]
    again = [_join(groups, rule, make_event("a.x", 9, n, source__ip=f"1.1.1.{n}")) for n in (2, 0)]
    assert (again[0].id == first[2].id, again[1].id == first[0].id) == (True, False)


def test_what_nothing_can_join_is_closed(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(), _rule(make_rules)
    for n in range(5):
        _join(groups, rule, make_event("a.x", n * 1801, n, source__ip=f"1.1.1.{n}"))
    assert len(groups.dump()) == 2


def test_state_survives_json(make_rules: MakeRules, make_event: MakeEvent) -> None:
    groups, rule = Groups(), _rule(make_rules)
    for n in range(50):
        _join(groups, rule, make_event("a.x", n, n, source__ip="1.1.1.1", fiveg__plmn=("1", "2"), fiveg__supi=str(n)))
    again = Groups()
    again.load(json.loads(json.dumps(groups.dump())), {rule.key: rule})
    event = make_event("a.x", 50, 50, source__ip="1.1.1.1")
    assert _join(groups, rule, event).alert() == _join(again, rule, event).alert()
