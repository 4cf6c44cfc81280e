"""What is sealed and what is not are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import CryptoError, SealError
from sentinel.keys.tables import add_key, seals_of
from sentinel.model.seal import MARK, UNSEALED, opened, sealed


def test_sealed_octets_open_in_their_row_and_clear_ones_anywhere(tmp_path: Path) -> None:
    """What was kept before sealing began is read as it is; what is sealed needs its key."""
    add_key(tmp_path / "keys")
    seal = seals_of(suite, tmp_path / "keys")("spool")
    kept = sealed(seal, "1", b"plain")
    assert kept.startswith(MARK)
    assert opened(seal, "1", kept) == b"plain"
    assert sealed(UNSEALED, "1", b"plain") == b"plain" == opened(seal, "1", b"plain")
    with pytest.raises(SealError):
        opened(seal, "2", kept)
    with pytest.raises(CryptoError, match="no key at hand"):
        opened(UNSEALED, "1", kept)
    with pytest.raises(CryptoError, match="no key to seal"):
        UNSEALED.seal("1", b"plain")
