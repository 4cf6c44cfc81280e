"""Attacks in real captures are found, and benign ones raise nothing loud. Needs a folder that is not ours to ship."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from tests.captures_table import LABELS, Row, rows

pytestmark = pytest.mark.skipif(
    "SENTINEL_CAPTURES" not in os.environ, reason="SENTINEL_CAPTURES does not name the folder of real captures"
)


@pytest.fixture(scope="module")
def found() -> list[Row]:
    return list(rows(Path(os.environ["SENTINEL_CAPTURES"])))


def test_every_labelled_attack_raises_its_rules(found: list[Row]) -> None:
    assert {row.capture: row.lacking for row in found if row.lacking} == {}


def test_nothing_loud_fires_without_a_reason(found: list[Row]) -> None:
    assert {row.capture: row.false for row in found if row.false} == {}


def test_every_label_is_of_a_capture(found: list[Row]) -> None:
    """So that a capture that was renamed is not taken for a benign one."""
    labels = [
        label["capture"] for known in yaml.safe_load(LABELS.read_text(encoding="utf-8")).values() for label in known
    ]
    assert [each for each in labels if not any(fnmatchcase(row.capture, each) for row in found)] == []
