"""Sigma of any product loads: whatever specification 2.1 allows, as the public rule sets use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.detection import CorrelationType, RuleSet, RuleSetError, holds, load_sigma

HEAD = "title: A foreign rule\nlogsource: {category: process_creation, product: windows, definition: 'as is'}\n"

DETECTIONS = {
    "any field": "a: {Image|endswith: '\\cmd.exe', CommandLine|contains|all: [' /c ', ' whoami']}",
    "windows paths": "a: {TargetFilename|contains: ':\\Users\\Public\\', ParentImage: 'C:\\Windows\\*\\svchost.exe'}",
    "names with signs": "a: {'c-useragent': x, 'cs(User-Agent)': y, 'Hashes|contains': 'IMPHASH=AB', 'data.win system': z}",
    "keywords": "a: ['rm -rf', '*passwd*', 5]",
    "all keywords": "a: {'|all': ['rm', 'passwd']}",
    "keyword modifiers": "a: {'|re': ['x.y'], '|contains': z}",
    "lists of maps": "a: [{EventID: 4688, User: x}, {EventID: [1, 2]}]",
    "null and empty": "a: {User: null, Host: '', Other: [null, '-', '']}",
    "numbers and truth": "a: {EventID: 4624, Score|gte: 7.5, Enabled: true, Port|lt: 1024, Other|neq: 5}",
    "numbers as YAML reads them": "a: {GrantedAccess: 0x1410, Mode: 0o755, Flag: yes, Code: 007, When: 2024-01-01}",
    "encodings": "a: {C|base64offset|contains: 'IEX ', D|wide|base64offset|contains: x, E|utf16|base64: y, F|utf16be: z}",
    "dashes": "a: {CommandLine|windash|contains|all: [' -a', ' -b '], Other|contains|windash: ' -x'}",
    "expressions": "a: {C|re: '(?:a+)+b', D|re|i|m|s: ['^x$', '[0-9]{1,3}\\.'], E|re: '.*a.*b.*c'}",
    "addresses": "a: {Ip|cidr: ['10.0.0.0/8', 'fe80::/10', '::1/128'], Other|cidr: 192.168.0.0/16}",
    "other fields": "a: {SubjectUser|fieldref: TargetUser, X|fieldref|contains: Y, Z|neq|fieldref: W}",
    "time": "a: {date|hour|gte: 20, other|minute: 5, x|day: 1, y|week: 52, z|month: 12, v|year: 2025}",
    "existence": "a: {X|exists: true, Y|exists: false, Z|cased: AbC, W|contains|cased: D}",
    "placeholders": "a: {User|expand: '%admins%', Host|expand|contains: 'x%domain%y'}",
    "escapes": "a: {X: 'a\\*b', Y: 'a\\\\*', Z: '\\?', W: '\\\\\\\\server\\share'}",
    "one value with all": "a: {X|contains|all: [one]}",
}

CONDITIONS = (
    "a", "not a", "1 of a*", "all of them", "any of them", "a and not 1 of filter*", "(a or filter_x) and not filter_x",
    "2 of them", "a OR NOT filter_x", "1 of them and not all of filter_*",
)  # fmt: skip

CORRELATIONS = {
    CorrelationType.EVENT_COUNT: "condition: {gt: 100, lte: 200}",
    CorrelationType.VALUE_COUNT: "condition: {field: User, gte: 5}",
    CorrelationType.VALUE_SUM: "condition: {field: Bytes, gt: 1.5}",
    CorrelationType.VALUE_AVG: "condition: {field: Bytes, lt: 3}",
    CorrelationType.VALUE_PERCENTILE: "condition: {field: Bytes, percentile: 95, neq: 4}",
    CorrelationType.TEMPORAL: "aliases: {who: {first: User, second: Account}}, group-by: [who]",
    CorrelationType.TEMPORAL_ORDERED: "condition: {gte: 2}",
}


def load(text: str, **more: str) -> RuleSet:
    files = {Path(f"{name}.yml"): body.encode() for name, body in {"Any_Name": text, **more}.items()}
    return load_sigma(files)


@pytest.mark.parametrize("search", DETECTIONS.values(), ids=DETECTIONS)
def test_every_kind_of_search_loads(search: str) -> None:
    (rule,) = load(f"{HEAD}detection: {{{search}, condition: a}}\n").rules
    assert not holds(rule.condition, {"nothing.here": "x"}) or "null" in search or "neq" in search or "false" in search


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_kind_of_condition_loads(condition: str) -> None:
    searches = "a: {X: 1}, filter_x: {Y: 2}, filter_y: {Z: 3}"
    assert load(f"{HEAD}detection: {{{searches}, condition: '{condition}'}}\n").rules


def test_a_list_of_conditions_is_any_of_them() -> None:
    (rule,) = load(f"{HEAD}detection: {{a: {{X: 1}}, b: {{X: 2}}, condition: [a, b]}}\n").rules
    assert [holds(rule.condition, {"X": value}) for value in (1, 2, 3)] == [True, True, False]


@pytest.mark.parametrize(("kind", "body"), CORRELATIONS.items(), ids=CORRELATIONS)
def test_every_kind_of_correlation_loads(kind: CorrelationType, body: str) -> None:
    group = "" if "group-by" in body else "group-by: [Host, User], "
    text = "---\n".join(
        (
            f"{HEAD}name: first\ndetection: {{a: {{X: 1}}, condition: a}}\n",
            f"{HEAD}id: 0e95725d-7320-415d-80f7-004da920fc11\nname: second\ndetection: {{a: {{X: 2}}, condition: a}}\n",
            f"title: All\ncorrelation: {{type: {kind}, rules: [first, second], timespan: 90m, {group}{body}}}\nlevel: high\n",
        )
    )
    (one,) = load(text).correlations
    assert (one.type, one.alerts, len(one.members)) == (kind, True, 2)


def test_chains_and_filters_go_across_files() -> None:
    base = f"{HEAD}name: base\nid: 0e95725d-7320-415d-80f7-004da920fc11\ndetection: {{a: {{X: 1}}, condition: a}}\n"
    many = (
        "title: Many\nname: many\ncorrelation: {type: event_count, rules: [base], timespan: 1h, condition: {gte: 2}}\n"
    )
    chain = "title: Chain\ncorrelation: {type: temporal_ordered, rules: [many, base], timespan: 1d, group-by: [Host]}\n"
    known = (
        "title: Ours\nlogsource: {category: process_creation}\n"
        "filter: {rules: [0E95725D-7320-415D-80F7-004DA920FC11], selection: {User|startswith: adm_}, condition: selection}\n"
    )
    rules = load(base, Many=many, Chain=chain, mf_ours=known)
    assert [one.ref.title for one in rules.correlations] == ["Many", "Chain"]
    condition = rules.rules[0].condition
    timed = {"X": 1, "@timestamp": 1.0}
    assert (holds(condition, timed), holds(condition, timed | {"User": "ADM_x"})) == (True, False)


def test_attributes_of_others_are_passed_over() -> None:
    text = (
        f"{HEAD}id: 0e95725d-7320-415d-80f7-004da920fc11\nrelated: [{{id: 1e95725d-7320-415d-80f7-004da920fc11, type: similar}}]\n"
        "status: experimental\nreferences: [https://example.org]\nauthor: x\ndate: 2024-01-01\nmodified: 2024-02-30\n"
        "tags: [attack.defense-evasion, attack.t1059.001, attack.g0010, cve.2021-1675, detection.emerging-threats, tlp.red]\n"
        "scope: [server]\nregression_tests_path: x.yml\ntaxonomy: sigma\nlicense: DRL-1.1\n"
        "fields: [Anything, Else]\nfalsepositives: [Unknown]\nlevel: critical\n"
        "detection: {a: {X: 1}, condition: a}\n"
    )
    (rule,) = load(text).rules
    assert rule.ref.severity.value == "critical"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("detection: {a: {X|nothing: 1}, condition: a}", "unknown modifier"),
        ("detection: {a: {X|re: 'a(?=b)'}, condition: a}", "look-around"),
        ("detection: {a: {X: 1}}", "`condition` is missing"),
        ("detection: {a: {X: 1}, condition: a | count() > 5}", "unexpected"),
        ("correlation: {type: event_count, rules: [nobody], timespan: 1m, condition: {gte: 1}}", "unknown rule"),
        ("correlation: {type: event_count, rules: [nobody], timespan: 1w, condition: {gte: 1}}", "is no timespan"),
    ],
)
def test_what_the_specification_refuses_is_refused(text: str, message: str) -> None:
    with pytest.raises(RuleSetError) as caught:
        load(f"{HEAD}{text}\n")
    assert message in str(caught.value)
