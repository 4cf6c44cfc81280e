"""The keys of a process follow the register: new ones seal, retired ones open, destroyed ones are forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.errors import CryptoError
from sentinel.keys import ring
from sentinel.keys.register import Purpose
from sentinel.keys.ring import Ring
from tests.sealed import register


def test_a_rotation_is_noticed(tmp_path: Path) -> None:
    """At the next look; a version that another process made, at once."""
    made = register(tmp_path)
    mine = Ring(made)
    made.rotate(Purpose.IDENTIFIERS, "li", "li")
    assert mine.active(Purpose.IDENTIFIERS).version == 1
    assert mine.version(Purpose.IDENTIFIERS, 2).active
    assert [key.version for key in mine.versions(Purpose.IDENTIFIERS)] == [1, 2]
    assert (mine.active(Purpose.IDENTIFIERS).version, mine.generation) == (2, 2)


def test_what_is_destroyed_is_forgotten(tmp_path: Path) -> None:
    """And without an active key nothing is sealed."""
    made = register(tmp_path)
    mine = Ring(made)
    made.retire("identifiers.1", "li")
    made.destroy("identifiers.1", "li")
    mine.refresh()
    with pytest.raises(CryptoError, match="nothing is stored in clear"):
        mine.active(Purpose.IDENTIFIERS)
    with pytest.raises(CryptoError, match="not there any more"):
        mine.version(Purpose.IDENTIFIERS, 1)


def test_a_worn_key_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before random nonces could meet."""
    assert ring.MOST_USES <= 1 << 31
    monkeypatch.setattr(ring, "MOST_USES", 10)
    monkeypatch.setattr(ring, "EVERY", 0.0)
    mine = Ring(register(tmp_path))
    for times, version in ((10, 1), (1, 2)):
        mine.used(Purpose.IDENTIFIERS, times)
        mine.tick()
        assert mine.active(Purpose.IDENTIFIERS).version == version
