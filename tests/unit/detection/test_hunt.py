"""Hunting: what the query leaves out no rule matches, and the verdicts are the live ones, bit for bit."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sentinel import pipeline
from sentinel.detection import Detection, RuleSet, RuleSetError, load_files
from sentinel.detection.compile import compiled_kind
from sentinel.detection.hunt import hunt, remembered
from sentinel.detection.interpret import holds, known
from sentinel.detection.prefilter import kinds_of, query_of
from sentinel.model.event import Event, PlainEvent, Value
from sentinel.model.fields import CATALOGUE
from sentinel.site import load_site
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Document, Span
from sentinel.store.codec import dump_alert
from tests.unit.detection.conftest import MakeEvent
from tests.unit.detection.test_attributes import detection_of, document, rule_set

ROOT = Path(__file__).parents[3]
TRACES = ROOT / "tests" / "traces"
SITE = load_site(ROOT / "deploy" / "examples" / "site-demo" / "site.yaml")
RULES = pipeline.load_rules(ROOT / "rules")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "events.db")
    yield opened
    opened.close()


def told(store: SqliteStore) -> dict[str, bytes]:
    """What the live run stored."""
    return {record.alert.id: dump_alert(record.alert) for record in store.alerts(AlertFilter(), 1000).rows}


@pytest.mark.parametrize(
    "trace",
    [
        "ngap/gnb-id-collision.pcap",
        "pfcp/pfcp-session-foreign-peer.pcap",
        "nas/auth-mac-failure.pcap",
        "plant/plant-day.pcap",
    ],
)
def test_a_hunt_gives_the_live_verdicts(store: SqliteStore, trace: str) -> None:
    pipeline.analyze([str(TRACES / trace)], SITE, RULES, store, lambda source: None)
    found = {alert.id: dump_alert(alert) for alert in hunt(store, RULES, pipeline.FIELDS, Span(), SITE.parameters)}
    assert found == told(store)
    assert bool(found) == (trace != "plant/plant-day.pcap")


def test_a_hunt_keeps_the_order_of_arrival(store: SqliteStore, make_event: MakeEvent) -> None:
    """`temporal_ordered` and absence go by time, a first match by arrival: the id of the alert tells."""
    rules = rule_set(a_plain_rule=document(1, detection_of("ngap.ng_reset")))
    late = [make_event("ngap.ng_reset", at, at, source__ip="10.0.0.1") for at in (9, 3, 5)]
    live = Detection(rules)
    for event in late:
        store.add([event], live.observe([event]).alerts, [])
    (alert,) = hunt(store, rules, CATALOGUE, Span())
    assert {alert.id: dump_alert(alert)} == told(store)


def test_a_hunt_within_a_span_reads_what_the_rules_remember_before_it(
    store: SqliteStore, make_event: MakeEvent
) -> None:
    count = "correlation: {type: event_count, rules: [base], group-by: [source.ip], timespan: 1m, condition: {gte: 3}}"
    rules = rule_set(
        three_in_a_minute="---\n".join(
            (document(1, "name: base\n" + detection_of("ngap.ng_reset")), document(2, count))
        )
    )
    events = [make_event("ngap.ng_reset", at, at, source__ip="10.0.0.1") for at in (0, 20, 40)]
    store.add(events, [], [])
    middle = events[2].time - 1
    assert len(hunt(store, rules, CATALOGUE, Span(since=middle))) == 1
    assert hunt(store, rules, CATALOGUE, Span(until=middle)) == []


def test_a_hunt_for_what_is_missing_sees_time_pass(store: SqliteStore, make_event: MakeEvent) -> None:
    silence = "correlation: {type: event_count, rules: [base], group-by: [source.ip], timespan: 1m, condition: {lt: 1}}"
    base = document(1, "name: base\n" + detection_of("ngap.ng_reset"))
    rules = rule_set(a_long_silence="---\n".join((base, document(2, silence, "absence: base"))))
    store.add([make_event("ngap.ng_reset", 0, source__ip="10.0.0.1"), make_event("flow.started", 99)], [], [])
    assert len(hunt(store, rules, CATALOGUE, Span())) == 1


def test_an_event_comes_back_as_detection_saw_it(store: SqliteStore, make_event: MakeEvent) -> None:
    event = make_event("ngap.ng_reset", 1.5, 3, fiveg__plmn=("99970",), fiveg__nas__ciphered=True, network__bytes=2**62)
    store.add([event], [], [])
    document_ = store.event(event.id)
    assert document_ is not None
    assert remembered(document_) == event


# The prefilter, on random rules and events

NAMES = ("fiveg.dnn", "fiveg.gnb.name", "fiveg.nas.cause", "network.bytes", "source.ip", "fiveg.nas.ciphered")
TEXTS = (
    "Value",
    "value-1",
    "VALUE-2",
    "true",
    "1",
    "5",
    "5.0",
    "a%b",
    "a_b",
    "a\\b",
    "K",
    "\u212a",
    "é",
    "nul\0value",
    "",
)
KINDS = ("ngap.ng_reset", "nas.service_request", "flow.started")


def random_item(chance: random.Random) -> str:
    name = chance.choice(NAMES)
    text = chance.choice(("Value", "value-1", "val*", "*1", "a%b", "a_b", "true", "K", "é", "1", "5"))
    return chance.choice(
        (
            f"{name}: '{text}'" if name != "source.ip" else f"{name}: 10.0.0.1",
            f"{name}|startswith: '{text.strip('*')}'",
            f"{name}|endswith: '{text.strip('*')}'",
            f"{name}|contains: ['{text.strip('*')}', 'x']",
            f"{name}|cased: '{text}'" if name != "source.ip" else f"{name}: 10.0.0.2",
            f"{name}|re: '^[v-z]'",
            f"{name}|exists: {chance.choice(('true', 'false'))}",
            f"{name}|{chance.choice(('gt', 'gte', 'lt', 'lte'))}: {chance.choice((0, 5, 5.5))}",
            f"{name}|neq: '{text}'" if name != "source.ip" else f"{name}|neq: 10.0.0.1",
            f"{name}|fieldref: {chance.choice(NAMES)}",
            "source.ip|cidr: 10.0.0.0/31",
            f"event.action: {chance.choice(KINDS)}",
        )
    )


def random_rules(chance: random.Random, count: int) -> RuleSet:
    files: dict[Path, bytes] = {}
    while len(files) < count:
        items = [f"    {random_item(chance)}" for _ in range(4)]
        conditions = ("a and b", "a or b", "a and not b", "not (a and b)", "1 of them", "not a or b", "all of them")
        body = f"detection:\n  a:\n{items[0]}\n{items[1]}\n  b:\n{items[2]}\n{items[3]}\n  condition: {chance.choice(conditions)}"
        slug = f"random-rule-{len(files)}"
        text = document(len(files), body).replace("logsource: {product: 5g}", "logsource: {product: 5g}")
        try:
            load_files({Path(f"{slug}.yml"): text.encode()}, CATALOGUE)
        except RuleSetError:
            continue  # the same field twice, or what its type does not take
        files[Path(f"{slug}.yml")] = text.encode()
    return load_files(files, CATALOGUE)


def random_events(chance: random.Random, count: int) -> list[Event]:
    events: list[Event] = []
    for number in range(count):
        kind = chance.choice(KINDS)
        values: dict[str, Value] = {
            "fiveg.dnn": chance.choice(TEXTS), "fiveg.gnb.name": chance.choice(TEXTS),
            "fiveg.nas.cause": chance.choice((0, 1, 5, 6)), "network.bytes": chance.choice((0, 5, 10**12)),
            "source.ip": chance.choice(("10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1", "fe80::1")),
            "fiveg.nas.ciphered": chance.choice((True, False)),
        }  # fmt: skip
        kept = {name: value for name, value in values.items() if chance.random() < 0.7}
        events.append(PlainEvent(kind, number, f"{number:016x}-00", "test", number, {"event.action": kind, **kept}))
    return events


@pytest.mark.parametrize("seed", range(4))
def test_the_query_finds_all_that_a_rule_matches(store: SqliteStore, seed: int) -> None:
    chance = random.Random(seed)
    events = random_events(chance, 120)
    store.add(events, [], [])
    spared = 0
    for rule in random_rules(chance, 60).rules:
        rules = RuleSet((rule,))
        found = {row["event.sequence"] for row in candidates(store, rules)}
        missed = [event for event in events if holds(rule.condition, event.fields) and event.packet not in found]
        assert missed == [], rule
        spared += len(events) - len(found)
    assert spared > 1000  # the query does spare work


@pytest.mark.parametrize("seed", range(3))
def test_all_rules_of_a_kind_together_match_as_each_alone(seed: int) -> None:
    chance = random.Random(seed)
    rules, events = random_rules(chance, 40).rules, random_events(chance, 200)
    together = {kind: compiled_kind([known(rule.condition, kind) for rule in rules], kind) for kind in KINDS}
    held = 0
    for event in events:
        found = together[event.kind](event.fields, event.fields.get)
        assert found == [at for at, rule in enumerate(rules) if holds(rule.condition, event.fields)]
        held += len(found)
    assert held > 500


def candidates(store: SqliteStore, rules: RuleSet) -> Sequence[Document]:
    return list(store.scan(query_of(rules, CATALOGUE), kinds_of(rules, store.kinds()), Span()))
