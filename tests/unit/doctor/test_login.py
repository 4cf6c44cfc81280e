"""The doctor says which administrators log in with a password alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sentinel.crypto.base import Settings
from sentinel.doctor.base import Finding, Patient, State
from sentinel.doctor.login import LogIn
from tests.people import People


def _found(folder: Path) -> dict[str, Finding]:
    return {found.what: found for found in LogIn().findings(Patient(folder, Settings()))}


def test_it_names_administrators_without_a_second_factor(tmp_path: Path) -> None:
    """Not analysts; nothing of a folder without data. The device that is absent is said."""
    assert _found(tmp_path) == {}
    people = People(tmp_path)
    found = _found(tmp_path)
    assert found["login.second_factor"].state is State.LACKING
    assert "alone: root (" in found["login.second_factor"].text
    assert found["login.device"].state is State.LACKING
    people.with_key("root")
    assert _found(tmp_path)["login.second_factor"].state is State.GOOD
    people.control.close()


def test_a_database_of_an_earlier_version_has_no_second_factors(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "control.db")) as connection, connection:
        connection.execute("CREATE TABLE users (name, active, role)")
        connection.execute("INSERT INTO users VALUES ('root', 1, 'administrator')")
    assert _found(tmp_path)["login.second_factor"].state is State.LACKING


def test_what_is_no_database(tmp_path: Path) -> None:
    """It does not raise."""
    (tmp_path / "control.db").write_text("no database, but long enough to be looked at as one")
    assert _found(tmp_path)["login.second_factor"].state is State.FAILED
