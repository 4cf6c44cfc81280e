"""Checkpoints beside the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.audit import checkpoint
from sentinel.audit.checkpoint import Signer
from sentinel.audit.heads import Heads
from sentinel.crypto.suite import suite
from sentinel.errors import AuditError


def test_the_last_good_one_is_found_among_many(tmp_path: Path, signer: Signer) -> None:
    """Also behind a tail that is longer than what is looked at, and before one that somebody else signed."""
    heads = Heads(tmp_path)
    assert (heads.last(), heads.line, heads.key, heads.text()) == (None, "", None, "")
    heads.publish([signer.line])
    assert heads.last() is None
    notes = [checkpoint.signed(signer, size, bytes(32), 0) for size in range(1, 4)]
    (tmp_path / "checkpoints").write_text(notes[0].raw * 400, "utf-8")
    heads.add(notes[2])
    stranger = checkpoint.log_signer(signer.name, suite().active.sm2_keygen())
    heads.add(checkpoint.signed(stranger, 9, bytes(32), 0))
    assert heads.last() == notes[2]
    assert heads.text().endswith(heads.text()[-20:])


def test_keys_are_published_in_their_order(tmp_path: Path, signer: Signer) -> None:
    heads = Heads(tmp_path)
    heads.publish(["one", signer.line])
    assert (heads.lines, heads.line) == (["one", signer.line], signer.line)


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "public").write_text("a+b+c")
    with pytest.raises(AuditError, match="no public key"):
        assert Heads(tmp_path).key
