"""Collectors from the command line: added, listed with how they do, removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sentinel.cli import commands
from sentinel.cli.collect import dialled
from sentinel.errors import ConfigError
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept


def test_collectors_are_listed_with_how_they_do(tmp_path: Path) -> None:
    ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept()).close()

    def said(*arguments: str) -> str:
        done = CliRunner().invoke(commands, ["collector", *arguments, "--data", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return done.output

    assert said("list") == ""
    said("add", "tap1")
    store = SqliteStore(tmp_path / "events.db")
    store.put_status("collector.tap1", {"time": 1_790_000_000_000_000_000, "version": "0.1.0", "dropped": 4})
    store.put_status("arrivals.tap1", {"events": 12_345, "missing": 2})
    store.close()
    assert said("list").splitlines()[1].split() == [
        "tap1", "silent", "2026-09-21T14:13:20", "0.1.0", "12,345", "0", "4", "0", "2",
    ]  # fmt: skip
    said("remove", "tap1")
    assert said("list").splitlines()[1].split()[1] == "removed"


def test_options_of_sm_suites_go_together(tmp_path: Path) -> None:
    """All that they need, and none of them without."""
    path = tmp_path / "a.pem"
    assert dialled("classic", None, None, path, None) is None
    with pytest.raises(ConfigError, match="go with --tls-suites sm"):
        dialled("classic", path, None, None, None)
    with pytest.raises(ConfigError, match="needs --tls-certificate"):
        dialled("sm", path, None, path, None)
