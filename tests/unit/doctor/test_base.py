"""Checks are found by discovery and told in their order, in both languages."""

from __future__ import annotations

from pathlib import Path

from sentinel.crypto.base import Settings
from sentinel.doctor.base import Finding, Patient, State, examine


def test_checks_are_found() -> None:
    """The machine is told first, then cryptography."""
    found = examine(Patient(Path("nowhere"), Settings()))
    names = [one.what for one in found]
    assert names[0].startswith("host.")
    assert "crypto.accelerated" in names


def test_a_finding_is_told_in_the_language_asked_for() -> None:
    """In English where nothing else is known."""
    assert Finding("x", State.GOOD, "well", "好").told("zh-CN") == "好"
    assert Finding("x", State.GOOD, "well", "好").told("en") == Finding("x", State.GOOD, "well").told("zh-CN") == "well"
