"""The forms of attributes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.detection.schema import TAG, Problems, slug_problem, timespan
from sentinel.detection.source import Located
from sentinel.model.alert import Stage


@pytest.mark.parametrize(
    ("slug", "good"),
    [
        ("gnb-silence-9", True),
        ("four", False),
        ("Has-Capitals", False),
        ("under_scores_", False),
        ("double--dash", False),
        ("x" * 71, False),
    ],
)
def test_slugs(slug: str, good: bool) -> None:
    assert (slug_problem(slug) == "") is good


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1h", 3600), ("2d", 172_800)])
def test_timespans(text: str, seconds: int) -> None:
    assert timespan(text) == seconds * 1_000_000_000


@pytest.mark.parametrize("text", ["", "10", "0s", "1w", "-1s", "1.5h"])
def test_what_is_no_timespan(text: str) -> None:
    assert timespan(text) is None


@pytest.mark.parametrize(
    ("tag", "good"),
    [
        ("fight.fgt1498.501", True),
        ("FiGHT.FGT5012", True),
        ("attack.t0814", True),
        ("attack.T1557.002", True),
        ("cve.2021-44228", True),
        ("t0814", False),
        ("other.t1", False),
        ("attack.T1", False),
        ("attack.t08141", False),
        ("attack.t0814.1", False),
        ("attack.fgt5012", False),
        ("fight.t0814", False),
        ("fight.fgt50012.006", False),
    ],
)
def test_tags(tag: str, good: bool) -> None:
    assert bool(TAG.fullmatch(tag)) is good


def test_problems_name_file_and_line() -> None:
    problems = Problems(Path("x.yml"))
    problems.text(Located(3, 7), "`title`")
    problems.choice(Located("sometime", 8), Stage, "stage")
    problems.uuid(Located("1", 9))
    problems.timespan(Located("1w", 10), "timespan")
    assert [str(error).partition(" ")[0] for error in problems.errors] == [
        "x.yml:7:",
        "x.yml:8:",
        "x.yml:9:",
        "x.yml:10:",
    ]
