"""Every product rule against its own scenes; a rule without both files, or a scene with an undeclared field, fails."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from sentinel import pipeline
from sentinel.detection import Detection, FixtureResult, load, run_fixtures
from sentinel.detection.fixtures import scenes
from sentinel.detection.lint import Concern, lint

FIELDS, play = pipeline.FIELDS, cache(pipeline.play)
ROOT = Path(__file__).parents[2]
RULES = load(ROOT / "rules", FIELDS)
RESULTS = run_fixtures(ROOT / "rules", ROOT / "tests" / "rules", FIELDS, play=play)


@pytest.mark.parametrize("result", RESULTS, ids=lambda one: f"{one.slug}/{one.path.stem}/{one.line}")
def test_scene(result: FixtureResult) -> None:
    assert result.problem == ""
    assert (result.scene, result.got) == (result.scene, result.expected)


@pytest.mark.parametrize("slug", RULES.slugs)
def test_batching_changes_nothing(slug: str) -> None:
    """One event at a time gives the same final alerts as all at once."""
    for name in ("match.jsonl", "no_match.jsonl"):
        for events in scenes(ROOT / "tests" / "rules" / slug / name, FIELDS, play):
            whole, single = Detection(RULES.only(slug)), Detection(RULES.only(slug))
            last = {alert.id: alert for event in events for alert in single.observe([event]).alerts}
            assert {alert.id: alert for alert in whole.observe(events).alerts} == last
            assert not whole.errors


def test_rules_are_tagged_and_no_chain_hides_a_member() -> None:
    """What is not portable may stay; a missing technique, a chain too low or an expired filter may not."""
    assert [note for note in lint(RULES, 0) if note.concern is not Concern.PORTABLE] == []


@pytest.mark.parametrize("slug", RULES.slugs)
def test_what_people_read_is_there_in_both_languages(slug: str) -> None:
    for ref in {one.ref for one in RULES.alerting if one.ref.slug == slug}:
        assert ref.title_zh
        assert ref.description_zh
        assert bool(ref.response) == bool(ref.response_zh)
        assert len(ref.false_positives) == len(ref.false_positives_zh)
    for parameter in RULES.parameters[slug].values():
        assert bool(parameter.en) == bool(parameter.zh)
