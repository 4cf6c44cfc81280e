"""The fixture runner: scenes pass, fail, or say why they cannot run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sentinel.detection import check, run_fixtures
from sentinel.model.fields import CATALOGUE

RULE = """\
title: Reset
id: 7a49ccf7-b397-56c0-a5e5-a75d18578c44
description: A reset.
level: high
logsource: {product: 5g, service: ngap}
detection: {s: {event.action: ngap.ng_reset}, condition: s}
sentinel: {title_zh: 重置, description_zh: 重置。, stage: [security_judgement], domain: networking, entity: [source.ip]}
"""
HIT = {"event.action": "ngap.ng_reset", "source.ip": "1.1.1.1"}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A rule with a good match.jsonl, and room for more."""
    rules, fixtures = tmp_path / "rules", tmp_path / "fixtures"
    (fixtures / "a-test-rule").mkdir(parents=True)
    rules.mkdir()
    (rules / "a-test-rule.yml").write_text(RULE, encoding="utf-8")
    return rules, fixtures


def _scene(folder: Path, name: str, *scenes: object) -> None:
    (folder / "a-test-rule" / name).write_text("".join(json.dumps(scene) + "\n" for scene in scenes))


def test_scenes_pass(folders: tuple[Path, Path]) -> None:
    rules, fixtures = folders
    two = [HIT, HIT | {"source.ip": "1.1.1.2"}, HIT | {"@timestamp": 2.5}]
    _scene(fixtures, "match.jsonl", {"scene": "one", "events": [HIT]}, {"scene": "two", "expect": 2, "events": two})
    _scene(fixtures, "no_match.jsonl", {"scene": "other", "events": [{"event.action": "ngap.error_indication"}]})
    results = run_fixtures(rules, fixtures, CATALOGUE)
    assert [(one.scene, one.got, one.passed) for one in results] == [
        ("one", 1, True),
        ("two", 2, True),
        ("other", 0, True),
    ]


@pytest.mark.parametrize(
    ("scene", "problem"),
    [
        ({"scene": "x", "events": [HIT | {"no.such": 1}]}, "unknown field `no.such`"),
        ({"scene": "x", "events": [HIT | {"source.ip": 1}]}, "`1` is no value of `source.ip`"),
        ({"scene": "x", "events": [HIT | {"source.ip": ["1.1.1.1"]}]}, "holds one value"),
        ({"scene": "x", "events": [{"source.ip": "1.1.1.1"}]}, "has no `event.action`"),
        ({"scene": "x", "events": []}, "at least one event"),
        ({"events": [HIT]}, "`scene` is missing"),
        ({"scene": "x", "expect": 3, "events": [HIT]}, ""),
    ],
)
def test_scenes_fail(folders: tuple[Path, Path], scene: object, problem: str) -> None:
    rules, fixtures = folders
    _scene(fixtures, "match.jsonl", scene)
    result = run_fixtures(rules, fixtures, CATALOGUE)[0]
    assert not result.passed
    assert problem in result.problem


def test_missing_and_stray_files_are_results(folders: tuple[Path, Path]) -> None:
    rules, fixtures = folders
    (fixtures / "no-rule-for-this").mkdir()
    (fixtures / "no-rule-for-this" / "match.jsonl").write_text("")
    assert [(one.slug, one.scene, one.problem) for one in run_fixtures(rules, fixtures, CATALOGUE)] == [
        ("a-test-rule", "match.jsonl", "the file is missing, every rule needs one"),
        ("a-test-rule", "no_match.jsonl", "the file is missing, every rule needs one"),
        ("no-rule-for-this", "match.jsonl", "no rule has this name"),
    ]


def test_check_lists_mistakes(folders: tuple[Path, Path]) -> None:
    rules, _ = folders
    assert check(rules, CATALOGUE) == []
    (rules / "b-test-rule.yml").write_text(RULE)
    assert "is taken by a-test-rule.yml:1" in str(check(rules, CATALOGUE)[0])
