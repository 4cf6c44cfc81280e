"""A set loads whole, or names every mistake with file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.detection import Correlation, RuleSet, RuleSetError, load, load_files, with_parameters
from sentinel.model.alert import Domain, Severity, Stage
from sentinel.model.fields import CATALOGUE

MakeRules = Callable[..., RuleSet]
RESET = "detection: {s: {event.action: ngap.ng_reset}, condition: s}\n"
COUNT = "correlation: {type: event_count, rules: [base], group-by: [source.ip], timespan: 10m, condition: {gte: 3}}\n"


def _mistakes(text: str, name: str = "a-test-rule.yml") -> str:
    with pytest.raises(RuleSetError) as caught:
        load_files({Path(name): text.encode()}, CATALOGUE)
    return str(caught.value)


def test_a_rule_says_who_it_is(make_rules: MakeRules) -> None:
    (rule,) = make_rules(RESET).rules
    assert (rule.ref.slug, rule.ref.title_zh, rule.entity) == ("a-test-rule", "某事", ("source.ip",))
    assert (rule.ref.severity, rule.ref.stages, rule.ref.domain) == (Severity.HIGH, (Stage.JUDGEMENT,), Domain.NETWORK)
    assert len(rule.ref.version) == 12
    assert rule.window == 3600 * 1_000_000_000
    assert rule.alerts


def test_a_rule_that_a_correlation_names_is_silent(make_rules: MakeRules) -> None:
    assert [one.alerts for one in make_rules(f"name: base\n{RESET}", COUNT).documents] == [False, True]


@pytest.mark.parametrize("generate", ["generate: true\n" + COUNT, COUNT.replace("gte: 3}", "gte: 3}, generate: true")])
def test_unless_the_correlation_generates(make_rules: MakeRules, generate: str) -> None:
    assert [one.alerts for one in make_rules(f"name: base\n{RESET}", generate).documents] == [True, True]


def test_one_correlation_that_generates_is_enough(make_rules: MakeRules) -> None:
    parts = (f"name: base\n{RESET}", f"generate: true\n{COUNT}", COUNT)
    assert [one.alerts for one in make_rules(*parts).documents] == [True, True, True]


def test_a_correlation_takes_from_its_file_what_it_does_not_say() -> None:
    text = """\
title: Base
name: base
description: One.
level: low
sentinel: {title_zh: 一, description_zh: 一。, stage: [security_judgement], domain: networking, entity: [source.ip]}
logsource: {product: 5g}
detection: {s: {event.action: ngap.ng_reset}, condition: s}
---
title: Many
id: 7a49ccf7-b397-56c0-a5e5-a75d18578c44
level: high
correlation: {type: event_count, rules: [base], group-by: [source.ip], timespan: 10m, condition: {gte: 3}}
"""
    rules = load_files({Path("a-test-rule.yml"): text.encode()}, CATALOGUE)
    (alerting,) = rules.alerting
    ref = alerting.ref
    assert (ref.title, ref.title_zh, ref.description, ref.severity) == ("Many", "一", "One.", Severity.HIGH)


def test_every_mistake_is_named_at_once() -> None:
    found = _mistakes(
        """\
title: A
id: nope
status: new
tags: [T1]
level: loud
fields: [no.such]
logsource: {product: windows}
detection:
  selection:
    no.such: 1
    fiveg.plmn|like: a
  condition: selection
sentinel: {stage: [later], domain: space, colour: red, window: 1w}
""",
        "Bad_Name.yml",
    )
    for place, text in (
        ("", "is no slug"),
        (":2", "`nope` is no UUID"),
        (":3", "unknown status `new`"),
        (":4", "`T1` is no tag"),
        (":5", "unknown level `loud`"),
        (":6", "unknown field `no.such`"),
        (":7", "expected `product: 5g`"),
        (":10", "unknown field `no.such`"),
        (":11", "unknown modifier `like`"),
        (":13", "unknown stage `later`"),
        (":13", "unknown domain `space`"),
        (":13", "unknown key `colour`"),
        (":13", "`1w` is no window"),
        (":13", "`sentinel.title_zh` is missing"),
        (":13", "`sentinel.entity` is missing"),
        (":1", "`description` is missing"),
    ):
        assert any(line.startswith(f"Bad_Name.yml{place}:") and text in line for line in found.splitlines()), text


LINES = """\
title: Base
id: 7a49ccf7-b397-56c0-a5e5-a75d18578c43
name: base
description: One.
status: test
level: low
tags:
  - fight.fgt5012
  - attack.t0814
fields:
  - fiveg.supi
  - fiveg.dnn
falsepositives:
  - None known
logsource:
  service: ngap
  product: 5g
detection:
  selection:
    event.action: ngap.ng_reset
    source.ip|cidr:
      - 10.0.0.0/8
      - 11.0.0.0/8
  other:
    - word
  condition:
    - selection
    - other
sentinel:
  title_zh: 一
  description_zh: 一。
  stage:
    - security_judgement
    - emergency_response
  domain: networking
  planes:
    - n2
    - n3
  window: 1h
  falsepositives_zh:
    - 无
    - 暂无
  entity:
    - source.ip
    - fiveg.supi
---
title: Many
id: 7a49ccf7-b397-56c0-a5e5-a75d18578c44
correlation:
  type: value_count
  rules:
    - base
    - 7A49CCF7-B397-56C0-A5E5-A75D18578C43
  group-by:
    - source.ip
    - peer
  timespan: 10m
  aliases:
    peer:
      base:
        destination.ip
  condition:
    gte: 3
    field:
      - fiveg.supi
      - fiveg.dnn
"""
"""Every attribute on a line of its own."""


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("title: Many", "title: 3", "expected a text as `title`"),
        ("name: base", "name: b se", "is no name"),
        ("status: test", "status: tested", "unknown status `tested`"),
        ("level: low", "level: lower", "unknown level `lower`"),
        ("level: low", "levl: low", "`levl` is not known; did you mean `level`"),
        ("- attack.t0814", "- attack.t08", "`attack.t08` is no tag"),
        ("- attack.t0814", "- [a]", "expected a text as tag"),
        ("  - fiveg.dnn\nfals", "  - fiveg.dnnn\nfals", "unknown field `fiveg.dnnn`"),
        ("- None known", "- 3", "expected a text as `falsepositives`"),
        ("service: ngap", "service: N-2", "is no service"),
        ("product: 5g", "product: 4g", "expected `product: 5g`"),
        ("event.action: ngap", "event.acton: ngap", "unknown field `event.acton`"),
        ("source.ip|cidr", "source.ip|cdir", "unknown modifier `cdir`"),
        ("- 11.0.0.0/8", "- 11.0.0.0/x", "is no network"),
        ("- 11.0.0.0/8", "- {a: b}", "expected a value"),
        ("    - other\n", "    - others\n", "unknown search identifier `others`"),
        ("- emergency_response", "- emergency", "unknown stage `emergency`"),
        ("domain: networking", "domain: network", "unknown domain `network`"),
        ("    - n3", "    - 3", "expected a text as `sentinel.planes`"),
        ("window: 1h", "window: 1w", "`1w` is no window"),
        ("window: 1h", "windows: 1h", "unknown key `windows`"),
        ("    - 暂无", "    - {a: b}", "expected a text as `sentinel.falsepositives_zh`"),
        ("    - fiveg.supi\n---", "    - fiveg.sup\n---", "unknown field `fiveg.sup`"),
        ("type: value_count", "type: valuecount", "unknown correlation type `valuecount`"),
        ("- 7A49CCF7-B397-56C0-A5E5-A75D18578C43", "- nobody", "unknown rule `nobody`"),
        ("    - peer\n", "    - peers\n", "unknown field `peers`"),
        ("timespan: 10m", "timespan: 10w", "`10w` is no timespan"),
        ("        destination.ip", "        destination.pi", "unknown field `destination.pi`"),
        ("    peer:\n      base:", "    peer:\n      bass:", "alias `peer` names no field"),
        ("gte: 3", "gte: many", "expected a number, got `many`"),
        ("      - fiveg.dnn\n", "      - fiveg.dnnn\n", "unknown field `fiveg.dnnn`"),
    ],
)
def test_a_mistake_is_named_where_it_stands(good: str, bad: str, message: str) -> None:
    load_files({Path("a-test-rule.yml"): LINES.encode()}, CATALOGUE)
    before, found, after = LINES.rpartition(good)
    assert found
    # the changed line is the last of `good` that differs
    old, new = good.split("\n"), bad.split("\n")
    line = before.count("\n") + 1 + max(at for at, pair in enumerate(zip(old, new, strict=True)) if len(set(pair)) > 1)
    line -= message.startswith("alias")  # the alias, not the rule that it forgot
    assert any(
        one.startswith(f"a-test-rule.yml:{line}: ") and message in one
        for one in _mistakes(before + bad + after).splitlines()
    ), (line, _mistakes(before + bad + after))


@pytest.mark.parametrize("key", ["custom", "x-owner", "ruletype", "source", "version"])
def test_other_keys_are_the_authors_own(key: str) -> None:
    assert load_files({Path("a-test-rule.yml"): f"{key}: 1\n{LINES}".encode()}, CATALOGUE)


@pytest.mark.parametrize(("key", "meant"), [("titel", "title"), ("Level", "level"), ("tag", "tags"), ("ID", "id")])
def test_a_misspelt_key_is_a_mistake(key: str, meant: str) -> None:
    assert f"a-test-rule.yml:1: `{key}` is not known; did you mean `{meant}`" in _mistakes(f"{key}: 1\n{LINES}")


def test_tags_are_kept_in_small_letters() -> None:
    rules = load_files({Path("a-test-rule.yml"): LINES.replace("attack.t0814", "ATTACK.T0814").encode()}, CATALOGUE)
    assert [one.ref.tags for one in rules.alerting] == [("fight.fgt5012", "attack.t0814")]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([RESET + "correlation: {}"], "exactly one of"),
        (["level: low"], "`level` is there twice"),
        (["detection: {s: {event.action: x}}"], "`condition` is missing"),
        (["detection: {s: {event.action: x}, condition: t}"], "unknown search identifier `t`"),
        (["detection: {s: {event.action: x}, timeframe: 5m, condition: s}"], "`timeframe` is not of Sigma 2"),
        (["detection: {s: {}, condition: s}"], "at least one item"),
        (["detection: {s: {event.action: {a: b}}, condition: s}"], "a value or a list of values"),
        ([COUNT], "unknown rule `base`"),
        ([f"name: base\n{RESET}", f"name: base\n{RESET}"], "name `base` is taken"),
        ([f"name: base\n{RESET}", COUNT.replace("event_count", "often")], "unknown correlation type"),
        ([f"name: base\n{RESET}", COUNT.replace(", condition: {gte: 3}", "")], "`condition` is missing"),
        ([f"name: base\n{RESET}", COUNT.replace("gte: 3", "least: 3")], "unknown key `least`"),
        ([f"name: base\n{RESET}", COUNT.replace("10m", "10")], "`10` is no timespan"),
        ([f"name: base\n{RESET}", COUNT.replace("source.ip", "no.such")], "unknown field `no.such`"),
        ([f"name: base\n{RESET}", COUNT.replace("event_count", "value_count")], "`field` is missing"),
        ([f"name: base\n{RESET}", COUNT.replace("rules: [base]", "rules: []")], "at least one rule"),
        (
            [
                f"name: base\n{RESET}",
                COUNT.replace("event_count", "value_percentile").replace("gte", "field: source.port, gte"),
            ],
            "`percentile` is missing",
        ),
        (
            [f"name: a\n{COUNT.replace('base', 'b')}", f"name: b\n{COUNT.replace('base', 'a')}"],
            "builds on itself",
        ),
        (["filter: {rules: [base], s: {event.action: x}, condition: s}"], "unknown rule `base`"),
        ([f"{RESET}".replace("ngap.ng_reset", "00101")], "write `00101` in quotes"),
    ],
)
def test_refused(make_rules: MakeRules, parts: list[str], message: str) -> None:
    with pytest.raises(RuleSetError) as caught:
        make_rules(*parts)
    assert message in str(caught.value)


def test_an_id_is_unique_across_files() -> None:
    text = "title: A\nid: 7a49ccf7-b397-56c0-a5e5-a75d18578c44\nlogsource: {product: 5g}\n" + RESET
    with pytest.raises(RuleSetError, match="is taken by a-first-rule"):
        load_files({Path("a-first-rule.yml"): text.encode(), Path("b-other-rule.yml"): text.encode()}, CATALOGUE)


def test_an_alias_names_a_field_for_each_rule(make_rules: MakeRules) -> None:
    pair = (
        "correlation: {type: temporal, rules: [one, two], group-by: [peer], timespan: 10s,"
        " aliases: {peer: {one: source.ip, two: destination.ip}}}\n"
    )
    rules = make_rules(f"name: one\n{RESET}", f"name: two\n{RESET}", pair)
    assert rules.correlations[0].keys == (("source.ip",), ("destination.ip",))
    with pytest.raises(RuleSetError, match="alias `peer` names no field for rule `two`"):
        make_rules(f"name: one\n{RESET}", f"name: two\n{RESET}", pair.replace(", two: destination.ip", ""))


def test_correlations_come_after_what_they_build_on(make_rules: MakeRules) -> None:
    rules = make_rules(COUNT.replace("base", "often"), f"name: often\n{COUNT}", f"name: base\n{RESET}")
    assert [one.name for one in rules.correlations] == ["often", ""]


def test_a_site_sets_thresholds(make_rules: MakeRules) -> None:
    rules = make_rules(f"name: base\n{RESET}", COUNT)
    (changed,) = with_parameters(rules, {"a-test-rule": {"gte": 7, "timespan": "1h"}}).correlations
    assert isinstance(changed, Correlation)
    assert (changed.threshold.bounds, changed.timespan) == ((("gte", 7),), 3600 * 1_000_000_000)


@pytest.mark.parametrize(
    "parameters", [{"no-such-rule": {"gte": 1}}, {"a-test-rule": {"lte": 1}}, {"a-test-rule": {"gte": "many"}}]
)
def test_a_site_cannot_set_what_is_not_there(
    make_rules: MakeRules, parameters: dict[str, dict[str, str | int]]
) -> None:
    with pytest.raises(RuleSetError, match="parameters: "):
        with_parameters(make_rules(f"name: base\n{RESET}", COUNT), parameters)


def test_a_directory_is_read_recursively(tmp_path: Path) -> None:
    (tmp_path / "ngap").mkdir()
    (tmp_path / "ngap" / "an-empty-rule.yml").write_text("")
    (tmp_path / "README.md").write_text("not a rule")
    with pytest.raises(RuleSetError, match=r"an-empty-rule\.yml: the file holds no document"):
        load(tmp_path, CATALOGUE)
    with pytest.raises(RuleSetError, match="no such directory"):
        load(tmp_path / "nowhere", CATALOGUE)
