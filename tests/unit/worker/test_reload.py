"""Rules change while traffic runs: no event is missed, none is judged twice, and a bad set is not taken."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from sentinel import pipeline
from sentinel.detection import Detection, RuleSet, RuleSetError, load_files
from sentinel.model.alert import Alert
from sentinel.model.event import Event, PlainEvent
from sentinel.model.fields import CATALOGUE
from sentinel.pipeline import Pipeline
from sentinel.worker import reload
from tests.auditing import Kept
from tests.unit.detection.test_attributes import detection_of, document

KINDS = ("ngap.ng_reset", "pfcp.heartbeat_request", "pfcp.heartbeat_response", "flow.started")
PART = "group-by: [source.ip], timespan: 20s"
FILES = {
    "a-plain-rule": document(1, "name: base\n" + detection_of(KINDS[0]), "flood: 5"),
    "three-in-a-row": "---\n".join(
        (
            document(2, "name: asked\n" + detection_of(KINDS[1])),
            document(3, "name: answered\n" + detection_of(KINDS[2])),
            document(4, f"correlation: {{type: event_count, rules: [asked], {PART}, condition: {{gte: 3}}}}"),
            document(5, f"correlation: {{type: temporal_ordered, rules: [asked, answered], {PART}}}"),
            document(
                6, f"correlation: {{type: temporal_ordered, rules: [asked, answered], {PART}}}", "absence: answered"
            ),
        )
    ),
    "what-is-new-here": document(7, detection_of(KINDS[3]), "first_seen: {fields: [destination.ip], learning: 1m}"),
    "chain-of-rules": document(8, f"correlation: {{type: temporal, rules: [a-plain-rule, three-in-a-row], {PART}}}"),
}


def rules(**changed: str) -> RuleSet:
    files = {**FILES, **{name.replace("_", "-"): text for name, text in changed.items()}}
    return load_files({Path(f"{name}.yml"): text.encode() for name, text in files.items()}, CATALOGUE)


def events(seed: int, count: int = 600) -> list[Event]:
    chance = random.Random(seed)
    made: list[Event] = []
    time = 1_700_000_000_000_000_000
    for number in range(count):
        time += chance.randrange(0, 2_000_000_000)
        kind = chance.choice(KINDS)
        fields = {
            "event.action": kind, "source.ip": f"10.0.0.{chance.randrange(8)}",
            "destination.ip": f"10.1.0.{int(chance.expovariate(0.1))}",
        }  # fmt: skip
        made.append(PlainEvent(kind, time, f"{time:016x}-{number:04}", "test", number, fields))
    return made


def batches(made: Sequence[Event], size: int = 7) -> Iterable[Sequence[Event]]:
    return itertools.batched(made, size) if hasattr(itertools, "batched") else _batched(made, size)


def _batched(made: Sequence[Event], size: int) -> Iterable[Sequence[Event]]:
    return (made[at : at + size] for at in range(0, len(made), size))


def final(detection: Detection, made: Sequence[Event], *sets: RuleSet) -> dict[str, Alert]:
    """The last revision of every alert; each of the sets in turn is taken after a batch."""
    found: dict[str, Alert] = {}
    coming = itertools.cycle(sets)
    for batch in batches(made):
        found |= {alert.id: alert for alert in detection.observe(batch).alerts}
        if sets:
            detection.reload(next(coming))
    assert not detection.errors
    return found


@pytest.mark.parametrize("seed", range(3))
def test_taking_the_same_rules_again_and_again_changes_no_alert(seed: int) -> None:
    made = events(seed)
    expected = final(Detection(rules()), made)
    assert {alert.rule.slug for alert in expected.values()} == set(FILES)
    assert final(Detection(rules()), made, rules()) == expected


def test_other_rules_do_not_notice_that_one_is_changed() -> None:
    made = events(5)
    other = rules(a_plain_rule=document(1, "name: base\n" + detection_of(KINDS[3])))
    expected = final(Detection(rules()), made)
    found = final(Detection(rules()), made, other, rules())
    for slug in ("three-in-a-row", "what-is-new-here"):
        mine = {key: alert for key, alert in found.items() if alert.rule.slug == slug}
        assert mine == {key: alert for key, alert in expected.items() if alert.rule.slug == slug}


def test_a_set_with_a_mistake_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    detection, before = Detection(rules()), rules()
    with pytest.raises(RuleSetError):
        detection.reload(rules(), {"a-plain-rule": {"no_such": 1}})
    monkeypatch.setattr("sentinel.detection.engine.compiled", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        detection.reload(rules())
    assert detection.rules == before


# The folder


class Nowhere:
    """A sink that counts."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.alerts: dict[str, Alert] = {}

    def add(self, batch: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        self.events += [event.id for event in batch]
        self.alerts |= {alert.id: alert for alert in alerts}


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.yml").write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        write(tmp_path, name, text)
    return tmp_path


def ticked(reloader: reload.Reloader) -> None:
    """Look, read and take, without waiting for the clock."""
    reloader.tick()
    if reloader._reading is not None:
        reloader._reading.join()
    reloader.tick()


def test_changed_files_are_at_work_from_the_next_batch_on(folder: Path) -> None:
    sink = Nowhere()
    line = Pipeline(None, pipeline.load_rules(folder), sink)
    reloader = reload.Reloader(folder, line, Kept(), every=0)
    made = events(1, 40)
    line.process(made[:20])
    write(folder, "a-plain-rule", document(1, detection_of(KINDS[3])))
    line.process(made[20:30])
    ticked(reloader)
    line.process(made[30:])
    plain = [alert for alert in sink.alerts.values() if alert.rule.slug == "a-plain-rule"]
    assert {evidence.kind for alert in plain for evidence in alert.evidence} == {KINDS[0], KINDS[3]}
    assert sink.events == [event.id for event in made]


def test_an_expired_filter_is_told_when_rules_are_taken(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(
        folder,
        "own-filter-one",
        "title: Ours\nlogsource: {product: 5g}\nfilter: {rules: [base], s: {source.ip: 10.0.0.1}, condition: s}\n"
        "sentinel: {reason: weekly, owner: soc, expires: 2020-01-01}\n",
    )
    reload.Reloader(folder, Pipeline(None, pipeline.load_rules(folder), Nowhere()), Kept())
    assert "filter `Ours` of soc expired at 2020-01-02" in caplog.text


def test_a_bad_file_leaves_the_rules_as_they_are_and_is_told_until_it_is_mended(folder: Path) -> None:
    line = Pipeline(None, pipeline.load_rules(folder), Nowhere())
    reloader = reload.Reloader(folder, line, Kept(), every=0)
    before = line.detection.rules
    write(folder, "a-plain-rule", "title: nothing else")
    ticked(reloader)
    assert line.detection.rules is before
    assert "a-plain-rule.yml" in reloader.refused
    write(folder, "a-plain-rule", FILES["a-plain-rule"] + "# mended\n")
    ticked(reloader)
    assert reloader.refused == ""
    assert line.detection.rules is not before


def test_rules_that_change_are_recorded_before_they_are_at_work(folder: Path) -> None:
    """With what they are; those that were refused too. Without a record they are not taken."""
    kept = Kept()
    line = Pipeline(None, pipeline.load_rules(folder), Nowhere())
    reloader = reload.Reloader(folder, line, kept, every=0)
    write(folder, "a-plain-rule", FILES["a-plain-rule"] + "# one\n")
    ticked(reloader)
    first = reload.digest(folder)
    write(folder, "a-plain-rule", "title: nothing else")
    ticked(reloader)
    before, kept.full = line.detection.rules, True
    second = reload.digest(folder)
    write(folder, "a-plain-rule", FILES["a-plain-rule"] + "# two\n")
    ticked(reloader)
    told = [(act.action.value, act.target, act.outcome.value) for act in kept.acts]
    assert told == [("rules.changed", first, "done"), ("rules.changed", second, "refused")]
    assert line.detection.rules is before
    assert "the audit log is full" in reloader.refused


def test_what_is_recorded_is_the_digest_of_what_was_loaded(folder: Path) -> None:
    """Also where the files change again just after they were read."""
    kept = Kept()
    loaded: list[RuleSet] = []

    def load(where: Path) -> RuleSet:
        loaded.append(pipeline.load_rules(where))
        write(where, "a-plain-rule", FILES["a-plain-rule"] + "# later\n")
        return loaded[0]

    line = Pipeline(None, pipeline.load_rules(folder), Nowhere())
    reloader = reload.Reloader(folder, line, kept, load, every=0)
    write(folder, "a-plain-rule", FILES["a-plain-rule"] + "# one\n")
    expected = reload.digest(folder)
    ticked(reloader)
    assert [act.target for act in kept.acts] == [expected] == [loaded[0].digest]
    assert reload.digest(folder) != expected


def test_what_tells_that_rules_changed_looks_at_the_files_that_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    for name in ("a.yml", "x/b.yaml", "c.yaaml", "d.txt"):
        (tmp_path / name).write_text("1")
    assert set(reload.signature(tmp_path)) == {str(tmp_path / "a.yml"), str(tmp_path / "x/b.yaml")}
    before = reload.digest(tmp_path)
    (tmp_path / "c.yaaml").write_text("2")
    assert reload.digest(tmp_path) == before
    (tmp_path / "x/b.yaml").write_text("2")
    assert reload.digest(tmp_path) != before
