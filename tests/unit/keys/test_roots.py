"""Roots: from a file, from a passphrase, and no device where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.crypto import keyfile
from sentinel.crypto.suite import suite
from sentinel.errors import CryptoError, KeyMaterialError, SealError
from sentinel.keys import roots
from sentinel.keys.roots import Root, new_file, open_root


@pytest.fixture(autouse=True)
def fewer_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """600,000 take 0.4 s."""
    monkeypatch.setattr(roots, "ROUNDS", 1000)
    assert keyfile.ROUNDS == 600_000


def _written(path: Path, text: str) -> Path:
    path.touch(0o600)
    path.write_text(text)
    return path


def _passphrase(tmp_path: Path, text: str, salt: bytes = b"", rounds: int = 0) -> Root:
    return open_root(suite(), f"passphrase:{_written(tmp_path / 'passphrase', text)}", salt, rounds)


def test_a_file_is_a_root(tmp_path: Path) -> None:
    """Made once, read again, and for its owner alone."""
    new_file(tmp_path / "root")
    spec = f"file:{tmp_path / 'root'}"
    sealed = open_root(suite(), spec).wrap(b"0123456789abcdef", b"bound")
    assert open_root(suite(), spec).unwrap(sealed, b"bound") == b"0123456789abcdef"
    with pytest.raises(SealError):
        open_root(suite(), spec).unwrap(sealed, b"another place")
    (tmp_path / "root").chmod(0o644)
    with pytest.raises(KeyMaterialError, match="0600"):
        open_root(suite(), spec)


def test_a_passphrase_is_a_root(tmp_path: Path) -> None:
    """With the salt and the rounds it had; another one, or another salt, opens nothing."""
    first = _passphrase(tmp_path, "correct horse battery\n")
    sealed = first.wrap(b"key", b"bound")
    again = _passphrase(tmp_path, "correct horse battery", first.salt, first.rounds)
    assert again.unwrap(sealed, b"bound") == b"key"
    for other in (
        _passphrase(tmp_path, "correct horse battery"),
        _passphrase(tmp_path, "wrong horse battery", first.salt),
    ):
        with pytest.raises(SealError):
            other.unwrap(sealed, b"bound")


@pytest.mark.parametrize("spec", ["sdf:libsdf.so:1", "skf:slot0"])
def test_a_device_is_absent(spec: str) -> None:
    """There is a slot, and nothing in it: the error says so."""
    with pytest.raises(CryptoError, match="is absent"):
        open_root(suite(), spec)


@pytest.mark.parametrize("spec", ["", "file", "file:", "passphrase:", "vault:x"])
def test_what_is_no_root(spec: str) -> None:
    """The error says what is."""
    with pytest.raises(CryptoError, match="expected file:PATH"):
        open_root(suite(), spec)


def test_bad_material_is_refused(tmp_path: Path) -> None:
    """A key of another length, no hex digits, a short passphrase."""
    for text in ("", "ab" * 15, "zz" * 16):
        with pytest.raises(KeyMaterialError, match="root key"):
            open_root(suite(), f"file:{_written(tmp_path / 'root', text)}")
    with pytest.raises(KeyMaterialError, match="too short"):
        _passphrase(tmp_path, "short")
