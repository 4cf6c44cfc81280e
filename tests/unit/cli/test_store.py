"""`sentinel store` on the embedded store, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.audit.ledger import Ledger
from sentinel.cli import commands
from sentinel.errors import ConfigError
from sentinel.store.control import ControlDatabase


def _run(*words: str) -> Result:
    return CliRunner().invoke(commands, ["store", *words], catch_exceptions=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a service that ran."""
    folder = tmp_path / "data"
    folder.mkdir()
    ControlDatabase(f"sqlite:///{folder / 'control.db'}", Ledger(folder / "audit")).close()
    return folder


def test_init_twice_is_init_once(data: Path) -> None:
    for _ in range(2):
        assert _run("init", "--data", str(data)).output == f"{data / 'events.db'}: ready\n"


def test_too_short_a_time_is_refused(data: Path) -> None:
    with pytest.raises(ConfigError, match="184"):
        _run("retention", "--data", str(data), "--days", "30")


def test_retention_says_what_it_did(data: Path) -> None:
    _run("init", "--data", str(data))
    assert _run("retention", "--data", str(data)).output == "events.db: 0 events, 0 frames, 0 alerts\n"


def test_there_and_back(data: Path, tmp_path: Path) -> None:
    _run("init", "--data", str(data))
    copy, new = tmp_path / "copy", tmp_path / "new"
    assert "events.db" in _run("backup", "--data", str(data), "--to", str(copy)).output
    assert _run("restore", "--data", str(new), "--from", str(copy)).exit_code == 0
    assert (new / "control.db").is_file()
    records = (new / "audit" / "records").read_bytes()
    assert b"backed up" in records
    assert b"restored" in records


def test_events_that_are_elsewhere_are_named(data: Path) -> None:
    (data / "store").write_text("elasticsearch+https://es1:9200")
    with pytest.raises(ConfigError, match="es1"):
        _run("init", "--data", str(data))
