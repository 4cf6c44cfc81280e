"""Random rules over random events: the generated code says what the interpreter says, and batching changes nothing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.detection import Detection, RuleSet, RuleSetError, load_files
from sentinel.detection.compile import compiled
from sentinel.detection.interpret import explain, foresee, holds
from sentinel.detection.modifiers import item
from sentinel.detection.source import Plain
from sentinel.detection.tree import And, Named, Node, Not, Or
from sentinel.errors import RuleError
from sentinel.model.alert import Alert
from sentinel.model.event import Event, PlainEvent, Value
from sentinel.model.fields import CATALOGUE

KINDS = ("ngap.ng_reset", "nas.registration_request", "ngap.malformed")
TEXTS = ("", "a", "A", "ab", "aB*", "\u212a", "k", "5", "5.0", "true", "ngap.ng_reset", "10.0.0.1", "ü", "a\nb")
FIELDS = (
    "event.action",
    "source.ip",
    "destination.ip",
    "source.port",
    "fiveg.gnb.name",
    "fiveg.plmn",
    "fiveg.nas.ciphered",
)
SCALARS = st.one_of(
    st.sampled_from(TEXTS), st.sampled_from(("::ffff:10.0.0.1", "10.0.0.2", "2001:db8::1")), st.integers(-3, 8),
    st.sampled_from((0.5, 5.0, float("inf"), float("nan"))), st.booleans(),
)  # fmt: skip
VALUES: st.SearchStrategy[Value] = st.one_of(SCALARS, st.lists(SCALARS, max_size=3).map(tuple))
EVENTS = st.dictionaries(st.sampled_from(FIELDS), VALUES)

STRINGS = st.sampled_from((*TEXTS, "a*", "*b", "*a*", "?", "a?*b", "*", r"\*", "ngap.*"))
NAMES = st.sampled_from(("event.action", "source.port", "fiveg.gnb.name", "fiveg.plmn", "fiveg.nas.ciphered"))


def _items(modifiers: Sequence[str], values: st.SearchStrategy[Plain]) -> st.SearchStrategy[Node]:
    return st.builds(
        lambda name, modifier, found: item(f"{name}{modifier}", found, CATALOGUE, {}),
        NAMES,
        st.sampled_from(modifiers),
        st.lists(values, min_size=2, max_size=3),
    )


LEAVES: st.SearchStrategy[Node] = st.one_of(
    _items(("", "|cased", "|neq", "|all"), st.one_of(STRINGS, st.integers(-3, 8), st.booleans(), st.just(5.0))),
    _items(("|contains", "|startswith", "|endswith|cased", "|contains|all"), STRINGS),
    _items(("|re", "|re|i", "|re|s"), st.sampled_from(("^a", "a.b", "k", "[0-9]$", "(a|b)"))),
    _items(("|gt", "|lte", "|gte", "|lt", "|hour"), st.integers(-3, 8)),
    st.sampled_from(
        [
            item("source.ip|cidr", ["10.0.0.0/31", "2001:db8::/64"], CATALOGUE, {}),
            item("source.ip", ["10.0.0.1"], CATALOGUE, {}),
            item("source.ip", ["10.0.*"], CATALOGUE, {}),
            item("source.ip|fieldref", ["destination.ip"], CATALOGUE, {}),
            item("fiveg.gnb.name|fieldref|contains", ["fiveg.plmn"], CATALOGUE, {}),
            item("fiveg.gnb.name", [None], CATALOGUE, {}),
            item("fiveg.plmn|exists", [True], CATALOGUE, {}),
            item("", ["a", "10"], CATALOGUE, {}),
        ]
    ),
)


def _branches(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(children, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(And, some),
        st.builds(Or, some),
        st.builds(lambda nodes, least: Or(nodes, min(least, len(nodes))), some, st.integers(1, 4)),
        st.builds(Not, children),
        st.builds(Named, st.just("selection"), children),
    )


TREES = st.recursive(LEAVES, _branches, max_leaves=12)


@settings(max_examples=1500, deadline=None)
@given(TREES, st.lists(EVENTS, min_size=1, max_size=5))
def test_generated_code_is_the_interpreter(tree: Node, events: list[dict[str, Value]]) -> None:
    """Both see every random event alike, and the explanation agrees."""
    run = compiled(tree, "random")
    for fields in events:
        expected = holds(tree, fields)
        assert bool(run(fields, fields.get)) is expected
        assert explain(tree, fields).held is expected


FEW = ("fiveg.dnn", "fiveg.tmsi", "fiveg.gnb.name")
FEW_LEAVES = st.builds(
    lambda name, text: item(name, [text], CATALOGUE, {}), st.sampled_from(FEW), st.sampled_from("ab")
)
FEW_TREES = st.recursive(FEW_LEAVES, _branches, max_leaves=10)


@settings(max_examples=1500, deadline=None)
@given(FEW_TREES)
def test_no_variable_is_used_before_it_is_read(tree: Node) -> None:
    """Trees that come back to the same few fields, over every event of them."""
    run = compiled(tree, "random")
    for one, two, three in itertools.product("ab", repeat=3):
        fields: dict[str, Value] = dict(zip(FEW, (one, two, three), strict=True))
        assert bool(run(fields, fields.get)) is holds(tree, fields)


@settings(max_examples=300, deadline=None)
@given(TREES, EVENTS, st.sampled_from(KINDS))
def test_what_is_foreseen_comes_true(tree: Node, fields: dict[str, Value], kind: str) -> None:
    """An answer from the kind alone is the answer for every event of the kind."""
    foreseen = foresee(tree, kind)
    assert foreseen in (None, holds(tree, fields | {"event.action": kind}))


COMMON = """\
title: T
description: D
level: low
logsource: {{product: 5g}}
sentinel:
  {{title_zh: 甲, description_zh: 乙, stage: [security_judgement], domain: networking, entity: [source.ip], window: 20s}}
id: 00000000-0000-4000-8000-00000000000{0}
"""
PARTS = (
    "name: one\ndetection: {s: {event.action: ngap.ng_reset}, condition: s}\n",
    "name: two\ndetection: {s: {event.action: ngap.malformed}, condition: s}\n",
    "detection: {s: {fiveg.gnb.name: a}, condition: s}\n",
    "correlation: {type: event_count, rules: [one], group-by: [source.ip], timespan: 9s, condition: {gte: 3}}\n",
    "correlation: {type: value_count, rules: [one, two], timespan: 9s, condition: {field: fiveg.supi, gte: 2}}\n",
    "name: both\ncorrelation: {type: temporal_ordered, rules: [one, two], group-by: [source.ip], timespan: 9s}\n",
    "correlation: {type: event_count, rules: [both], group-by: [source.ip], timespan: 30s, condition: {gte: 2}}\n",
    "correlation: {type: value_avg, rules: [two], timespan: 9s, condition: {field: source.port, gte: 3}}\n",
)


def _rules() -> RuleSet:
    text = "---\n".join(COMMON.format(number) + part for number, part in enumerate(PARTS))
    return load_files({Path("a-random-rule.yml"): text.encode()}, CATALOGUE)


RULES = _rules()


GOOD = ("---\n".join(COMMON.format(number) + part for number, part in enumerate(PARTS))).encode()
PIECES = (
    b"",
    b"\n",
    b": ",
    b"- ",
    b"{",
    b"]",
    b"'",
    b"null",
    b"00101",
    b"[a, [b]]",
    b"&x ",
    b"*x",
    b"|re: (a",
    b"\xff",
    b"---",
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 30), st.sampled_from(PIECES)), min_size=1, max_size=3)
)
def test_any_file_loads_or_says_what_is_wrong(edits: list[tuple[int, int, bytes]]) -> None:
    """A damaged rule file is a rule set or a `RuleSetError` that names the file, nothing else."""
    data = GOOD
    for at, length, piece in edits:
        data = data[:at] + piece + data[at + length :]
    errors: tuple[RuleError, ...] = ()
    try:
        Detection(load_files({Path("a-random-rule.yml"): data}, CATALOGUE))
    except RuleSetError as error:
        errors = error.errors or (RuleError("it says nothing", "nowhere"),)
    assert {one.path for one in errors} <= {Path("a-random-rule.yml")}


@st.composite
def _streams(draw: st.DrawFn) -> list[Event]:
    """Events of two peers, a little out of order."""
    events: list[Event] = []
    for number in range(draw(st.integers(1, 40))):
        kind = draw(st.sampled_from(KINDS))
        time = 10**18 + (number * 2 + draw(st.integers(-3, 3))) * 10**9
        fields: dict[str, Value] = {"event.action": kind, "source.ip": draw(st.sampled_from(("10.0.0.1", "10.0.0.2")))}
        fields["source.port"] = draw(st.integers(1, 5))
        if draw(st.booleans()):
            fields |= {"fiveg.supi": draw(st.sampled_from("12")), "fiveg.gnb.name": draw(st.sampled_from("ab"))}
        events.append(PlainEvent(kind, time, f"{time:016x}-{number:04}", "test", number, fields))
    return events


def _final(batches: Sequence[Sequence[Event]], *, restart: bool = False) -> dict[str, Alert]:
    detection = Detection(RULES)
    final: dict[str, Alert] = {}
    for batch in batches:
        final |= {alert.id: alert for alert in detection.observe(batch).alerts}
        if restart:
            state = json.loads(json.dumps(detection.state()))
            detection = Detection(RULES)
            detection.restore(state)
        assert not detection.errors
    return final


@settings(max_examples=150, deadline=None)
@given(_streams(), st.integers(1, 7))
def test_neither_batches_nor_restarts_change_the_final_alerts(events: list[Event], size: int) -> None:
    """All at once, in pieces, and in pieces with a restart after each."""
    pieces = [events[at : at + size] for at in range(0, len(events), size)]
    whole = _final([events])
    assert _final(pieces) == whole
    assert _final(pieces, restart=True) == whole


@settings(max_examples=150, deadline=None)
@given(_streams())
def test_every_alert_is_proven(events: list[Event]) -> None:
    """Evidence is among the events, in the alert's time, and each piece was handed over as a proof once."""
    detection, proven = Detection(RULES), []
    for event in events:
        findings = detection.observe([event])
        proven += [one.id for one in findings.proofs]
        for alert in findings.alerts:
            assert {one.event_id for one in alert.evidence} <= {one.id for one in events} & {*proven}
            assert all(alert.first <= one.time <= alert.last for one in alert.evidence)
            assert alert.why.held
