"""The doctor says whether identifiers are sealed."""

from __future__ import annotations

from pathlib import Path

from sentinel.crypto.base import Settings
from sentinel.doctor.base import Patient, State
from sentinel.doctor.sealing import Sealing
from sentinel.model.event import PlainEvent
from sentinel.store.backends.sqlite import SqliteStore
from tests.sealed import personal


def _states(folder: Path) -> dict[str, State]:
    return {found.what: found.state for found in Sealing().findings(Patient(folder, Settings()))}


def test_it_says_how_identifiers_are_stored(tmp_path: Path) -> None:
    """Nothing of a folder without data; then in clear, then sealed."""
    assert _states(tmp_path) == {}
    SqliteStore(tmp_path / "events.db").close()
    assert _states(tmp_path) == {"identifiers": State.LACKING}
    store = SqliteStore(tmp_path / "events.db", personal(tmp_path))
    store.add([PlainEvent("a.b", 1, f"{1:016x}-00", "x", 1, {"fiveg.supi": "999700000000001"})], [], [])
    assert _states(tmp_path) == {"identifiers": State.GOOD}


def test_what_is_no_database(tmp_path: Path) -> None:
    """It does not raise."""
    (tmp_path / "events.db").write_text("no database, but long enough to be looked at as one")
    assert _states(tmp_path) == {"identifiers": State.FAILED}
