"""Whether decisions are made real."""

from __future__ import annotations

from pathlib import Path

from sentinel.crypto.base import Settings
from sentinel.doctor.base import Finding, Patient, State
from sentinel.doctor.enforcement import Enforcement
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, PointSettings
from tests.auditing import Kept


def _found(folder: Path) -> list[Finding]:
    return list(Enforcement().findings(Patient(folder, Settings())))


def test_what_is_registered_is_told_and_what_cannot_cut_is_lacking(tmp_path: Path) -> None:
    assert _found(tmp_path) == []
    control = ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept())
    assert [each.state for each in _found(tmp_path)] == [State.LACKING]
    for name, kind, state in (("web", "http", State.LACKING), ("n6", "nftables", State.GOOD)):
        with control.begin() as session:
            session.add(PointSettings(name=name, kind=kind, created=1.0))
            session.tell(Act(Action.POINT_ADDED, "test", name))
        assert [each.state for each in _found(tmp_path)] == [state]
    assert _found(tmp_path)[0].text == "n6 (nftables), web (http)"


def test_a_database_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "control.db").write_bytes(b"no database at all, but long enough to be read as one" * 20)
    assert [each.state for each in _found(tmp_path)] == [State.FAILED]


def test_control_data_that_is_elsewhere_is_looked_at_there(tmp_path: Path) -> None:
    """Where the service noted that it is, and not in the folder."""
    (tmp_path / "control").write_text("postgresql://sentinel@/sentinel?host=/nowhere\n")
    (found,) = _found(tmp_path)
    assert found.state is State.FAILED
    assert "/nowhere" in found.text
