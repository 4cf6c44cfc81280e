"""Seals of tables: by the register, or by a file of keys."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import CryptoError, KeyMaterialError, SealError
from sentinel.keys.tables import CUTS, EVIDENCE, INBOX, SPOOL, Registered, add_key, seals_of
from sentinel.model.seal import UNSEALED
from sentinel.store.sealing import Clear
from tests.sealed import personal


def test_a_file_of_keys_grows_and_older_keys_open(tmp_path: Path) -> None:
    """The last one seals; without a line that sealed, that is said; another table has other keys."""
    path = tmp_path / "keys"
    assert add_key(path) == 1
    first = seals_of(suite, path)(SPOOL)
    old = first.seal("7", b"plain")
    assert add_key(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    seal = seals_of(suite, path)(SPOOL)
    new = seal.seal("7", b"plain")
    assert (old[:4], new[:4]) == (b"\0\0\0\1", b"\0\0\0\2")
    assert seal.open("7", old) == seal.open("7", new) == b"plain"
    with pytest.raises(CryptoError, match="key 2 is not in the file"):
        first.open("7", new)
    for row, table in (("8", SPOOL), ("7", EVIDENCE)):
        with pytest.raises(SealError):
            seals_of(suite, path)(table).open(row, new)
    with pytest.raises(SealError):
        seal.open("7", bytes([*new[:-1], new[-1] ^ 1]))


def test_what_is_no_file_of_keys(tmp_path: Path) -> None:
    """It is refused with what was expected; without a file, nothing is sealed."""
    path = tmp_path / "keys"
    for text, mode in (("", 0o600), ("abc", 0o600), ("00" * 16, 0o600), ("00" * 32, 0o644)):
        path.write_text(text)
        path.chmod(mode)
        with pytest.raises(KeyMaterialError, match="expected"):
            seals_of(suite, path)
    assert seals_of(suite, None)(SPOOL) is UNSEALED


def test_the_register_seals_tables_where_the_stores_are_sealed(tmp_path: Path) -> None:
    """Packets under one key, the inbox under another; a row of one table is none of another."""
    sealing = personal(tmp_path)
    evidence = Registered(sealing, EVIDENCE)
    sealed = evidence.seal("x/1/0", b"plain")
    assert evidence.open("x/1/0", sealed) == b"plain"
    for other in (CUTS, INBOX):
        with pytest.raises(SealError):
            Registered(sealing, other).open("x/1/0", sealed)
    assert (evidence.on, Registered(Clear(), INBOX).on) == (True, False)
