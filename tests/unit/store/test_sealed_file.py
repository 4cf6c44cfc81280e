"""A sealed file: read as it was written, in pieces that keep their places."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sentinel.errors import CryptoError
from sentinel.store import sealed_file
from sentinel.store.sealed_file import Writing, opened
from sentinel.store.sealing import Clear, Sealing
from tests.sealed import personal


def _written(path: Path, data: bytes, sealing: Sealing) -> bytes:
    with path.open("wb") as file:
        writing = Writing(file, sealing)
        for start in range(0, len(data), 7):
            writing.write(data[start : start + 7])
        writing.flush()
    return path.read_bytes()


def test_it_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of any length, and in clear where sealing is off."""
    monkeypatch.setattr(sealed_file, "_PIECE", 100)
    sealing = personal(tmp_path)
    for length in (0, 1, 99, 100, 101, 250):
        data = random.randbytes(length)
        octets = _written(tmp_path / "file", data, sealing)
        assert opened(octets, sealing) == data
        assert length < 50 or data[:50] not in octets
        assert _written(tmp_path / "file", data, Clear()) == opened(data, sealing) == data


def test_pieces_keep_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Swapped, changed or cut short they do not open; nor without the keys."""
    monkeypatch.setattr(sealed_file, "_PIECE", 100)
    sealing = personal(tmp_path)
    octets = _written(tmp_path / "file", bytes(200), sealing)
    head, size = len(b"sentinel sealed 1\n"), 4 + 4 + 12 + 100 + 16
    assert len(octets) == head + 2 * size
    swapped = octets[:head] + octets[head + size :] + octets[head : head + size]
    for bad in (swapped, octets[:-1], octets[: head + 2], octets[:-1] + bytes([octets[-1] ^ 1])):
        with pytest.raises(CryptoError):
            opened(bad, sealing)
    with pytest.raises(CryptoError, match="sealing is off"):
        opened(octets, Clear())
