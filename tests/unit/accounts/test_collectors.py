"""Collectors: a token is shown once, and goes when it is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.accounts.collectors import Collectors
from sentinel.errors import AuthenticationError, ConfigError, ConflictError
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlDatabase]:
    database = ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept())
    yield database
    database.close()


def test_a_token_says_whose_it_is_until_it_is_taken_away(control: ControlDatabase) -> None:
    collectors = Collectors(control)
    token = collectors.enrol("tap-1", by="root")
    assert collectors.authenticate(token) == "tap-1"
    with pytest.raises(ConflictError):
        collectors.enrol("tap-1", by="root")
    collectors.remove("tap-1", by="root")
    with pytest.raises(AuthenticationError):
        collectors.authenticate(token)
    with pytest.raises(ConfigError):
        collectors.remove("tap-1", by="root")
    fresh = collectors.enrol("tap-1", by="root")
    assert collectors.authenticate(fresh) == "tap-1"
    with pytest.raises(AuthenticationError):
        collectors.authenticate(token)
    assert [(each.name, each.active) for each in collectors.everyone()] == [("tap-1", True)]


def test_the_token_is_not_stored(control: ControlDatabase, tmp_path: Path) -> None:
    token = Collectors(control).enrol("tap1", by="root")
    control.close()
    assert token.encode() not in (tmp_path / "control.db").read_bytes()


@pytest.mark.parametrize("name", ["", "..", "a/b", "-a", "a" * 65, "张"])
def test_a_name_is_a_folders(control: ControlDatabase, name: str) -> None:
    with pytest.raises(ConfigError, match="the name of a collector"):
        Collectors(control).enrol(name, by="root")


def test_who_may_send_is_recorded() -> None:
    kept = Kept()
    collectors = Collectors(ControlDatabase("sqlite://", kept))
    collectors.enrol("tap1", by="root")
    collectors.remove("tap1", by="ben")
    assert kept.acts == [Act(Action.COLLECTOR_ADDED, "root", "tap1"), Act(Action.COLLECTOR_REMOVED, "ben", "tap1")]
