"""The table of identifiers: each is sealed once, and all are sealed anew for a key to be destroyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import StoreError
from sentinel.keys.personal import Personal
from sentinel.keys.register import Purpose
from sentinel.keys.ring import Ring
from sentinel.model.event import PlainEvent
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from sentinel.store.identifiers import Identifiers, reseal
from sentinel.store.sealing import Clear
from tests.sealed import personal, register

SUPI = "999700000000001"


def test_each_is_sealed_once(tmp_path: Path) -> None:
    """But again where the row was not stored."""
    identifiers = Identifiers(personal(tmp_path))
    rows = identifiers.sealed({"ps-supi-1-a": SUPI})
    assert [pseudonym for pseudonym, _ in rows] == ["ps-supi-1-a"]
    assert len(identifiers.sealed({"ps-supi-1-a": SUPI})) == 1
    identifiers.stored(rows)
    assert identifiers.sealed({"ps-supi-1-a": SUPI}) == []


def test_an_old_key_is_destroyed_after_all_is_sealed_anew(tmp_path: Path) -> None:
    """What it sealed opens with the new one."""
    made = register(tmp_path)
    ring = Ring(made)
    sealing = Personal(suite(), ring)
    store = SqliteStore(tmp_path / "events.db", sealing)
    store.add([PlainEvent("a.b", 1, f"{1:016x}-00", "x", 1, {"fiveg.supi": SUPI})], [], [])
    made.rotate(Purpose.IDENTIFIERS, "li", "li")
    ring.refresh()
    assert reseal(tmp_path / "events.db", sealing) == 1
    made.destroy("identifiers.1", "li")
    ring.refresh()
    pseudonym = str(store.events("", Span(), 1).rows[0]["fiveg.supi"])
    assert store.originals([pseudonym]) == {pseudonym: SUPI}


def test_what_does_not_open_is_left_alone(tmp_path: Path) -> None:
    """All of it, also what could have been sealed anew."""
    with pytest.raises(StoreError):
        reseal(tmp_path / "nothing.db", Clear())
