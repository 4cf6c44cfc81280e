"""Checkpoints and cosignatures: who signed what, and nothing else for it."""

from __future__ import annotations

import pytest

from sentinel.audit import checkpoint
from sentinel.audit.checkpoint import Signer
from sentinel.audit.standalone import key_of, sm2_verifies
from sentinel.crypto.suite import suite
from sentinel.errors import AuditError

NOW = 1_790_000_000_000_000_000
VERIFIERS = (checkpoint.verifies, sm2_verifies)


@pytest.fixture(scope="module")
def witness() -> Signer:
    return checkpoint.witness_signer("tap1", suite().active.sm2_keygen())


def test_a_checkpoint_has_the_form_of_a_signed_note(signer: Signer) -> None:
    note = checkpoint.signed(signer, 7, bytes(32), NOW)
    origin, size, root, time, empty, signature, end = note.raw.split("\n")
    assert (origin, size, root, empty, end) == ("sentinel-audit/test", "7", "A" * 43 + "=", "", "")
    assert time == "time 2026-09-21T14:13:20Z"
    assert signature.startswith("— sentinel-audit/test ")
    assert checkpoint.only(note.raw) == note


def test_both_verifiers_accept_what_was_signed_and_nothing_else(signer: Signer, witness: Signer) -> None:
    note = checkpoint.signed(signer, 7, bytes(32), NOW)
    cosigned = checkpoint.only(note.raw + checkpoint.cosignature(witness, note, NOW))
    other = checkpoint.only(cosigned.raw.replace("\n7\n", "\n8\n"))
    stranger = checkpoint.log_signer(signer.name, suite().active.sm2_keygen())
    for verifies in VERIFIERS:
        for key in (signer.public, witness.public):
            assert cosigned.signed_by(key, verifies) == "good"
            assert other.signed_by(key, verifies) == "bad"
        assert note.signed_by(witness.public, verifies) == "none"
        assert cosigned.signed_by(stranger.public, verifies) == "none"


def test_a_cosignature_does_not_pass_for_a_checkpoint(signer: Signer) -> None:
    """Of the same key: each signature covers what it is for, and for what kind of key."""
    same = checkpoint.witness_signer(signer.name, signer.key)
    note = checkpoint.signed(signer, 7, bytes(32), NOW)
    twisted = checkpoint.only(note.text + "\n" + checkpoint.cosignature(same, note, NOW))
    assert twisted.signed_by(signer.public, sm2_verifies) == "none"
    assert twisted.signed_by(same.public, sm2_verifies) == "good"


def test_a_public_key_is_a_line(signer: Signer, witness: Signer) -> None:
    assert key_of(signer.line) == signer.public
    assert key_of(witness.line + "\n") == witness.public


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n"])
def test_a_name_has_to_fit_into_a_line(name: str, signer: Signer) -> None:
    with pytest.raises(AuditError, match="cannot name a key"):
        checkpoint.log_signer(name, signer.key)


@pytest.mark.parametrize("text", ["", "x\n", "a\n-1\nAAAA\ntime x\n\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(AuditError, match="expected one checkpoint"):
        checkpoint.only(text)
