"""The register follows who signs the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.errors import KeyMaterialError
from sentinel.keys.audit_keys import AuditKeys
from sentinel.keys.register import Purpose
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.keeping import registered
from tests.sealed import register


@pytest.fixture
def acts() -> Kept:
    """What was recorded."""
    return Kept()


@pytest.fixture
def control(tmp_path: Path, acts: Kept) -> Iterator[ControlDatabase]:
    """A register with a root and no key of the log."""
    made = registered(tmp_path / "audit", acts)
    acts.acts.clear()
    yield made
    made.close()


def told(acts: Kept) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [(act.target, act.details["step"]) for act in acts.acts]
    acts.acts.clear()
    return found


def test_each_step_is_on_record(control: ControlDatabase, acts: Kept) -> None:
    """The first key, one that takes its turn after it was generated, and one that a kill left without its turn; told twice it is one."""
    known = AuditKeys(control)
    known.follow(["one"], "service")
    assert told(acts) == [("audit.1", "generated"), ("audit.1", "announced"), ("audit.1", "activated")]
    given_up, taken = known.generate("root", "security"), known.generate("root", "security")
    assert (given_up, taken, told(acts)) == ("audit.2", "audit.3", [("audit.2", "generated"), ("audit.3", "generated")])
    for _ in range(2):
        known.follow(["one", "two"], "root")
    assert told(acts) == [
        ("audit.3", "announced"), ("audit.1", "retired"), ("audit.2", "destroyed"), ("audit.3", "activated"),
    ]  # fmt: skip
    assert known.lines() == ["one", "two"]


def test_a_key_that_the_register_had_before_its_line_is_taken(tmp_path: Path, acts: Kept) -> None:
    """As a start of the service makes it, before the keeper says which it is."""
    made = register(tmp_path, ControlDatabase("sqlite://", acts))
    made.provide("test", "test", [Purpose.AUDIT])
    acts.acts.clear()
    known = AuditKeys(made.control)
    known.follow(["one"], "service")
    assert told(acts) == [("audit.1", "announced")]
    made.control.close()


@pytest.mark.parametrize("lines", [[], ["two"], ["two", "one"]])
def test_keys_that_signed_are_not_forgotten(control: ControlDatabase, acts: Kept, lines: list[str]) -> None:
    """Nor is another put in the place of one; what cannot be recorded is not done."""
    known = AuditKeys(control)
    known.follow(["one"], "service")
    with pytest.raises(KeyMaterialError, match="knows other keys"):
        known.follow(lines, "service")
    assert known.lines() == ["one"]


def test_without_a_root_there_is_no_register(acts: Kept) -> None:
    control = ControlDatabase("sqlite://", acts)
    with pytest.raises(KeyMaterialError, match="no register of keys yet"):
        AuditKeys(control).follow(["one"], "service")
    control.close()
