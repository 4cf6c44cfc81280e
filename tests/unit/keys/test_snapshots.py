from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import CryptoError
from sentinel.keys.register import Purpose
from sentinel.keys.snapshots import Snapshots
from tests.sealed import register


def test_a_snapshot_verifies_also_after_its_key_was_rotated_and_no_other_does(tmp_path: Path) -> None:
    keys = register(tmp_path)
    snapshots = Snapshots(suite, lambda: keys)
    key, signature = snapshots.sign(7, "d" * 64)
    keys.rotate(Purpose.POLICY, "test", "test")
    again = Snapshots(suite, lambda: keys)
    again.verify(7, "d" * 64, key, signature)
    assert again.sign(7, "d" * 64)[0] == key + 1
    for version, digest, by in ((8, "d" * 64, key), (7, "e" * 64, key), (7, "d" * 64, key + 1), (7, "d" * 64, 9)):
        with pytest.raises(CryptoError):
            again.verify(version, digest, by, signature)
