"""A witness cosigns one history of a log, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sentinel.audit import checkpoint, tree
from sentinel.audit.checkpoint import Signer
from sentinel.audit.log import Log
from sentinel.audit.witness import Witness
from sentinel.crypto.suite import suite
from sentinel.errors import AuditError, ProofError

if TYPE_CHECKING:
    from tests.unit.audit.conftest import Sign, Signed


@pytest.fixture(scope="module")
def key() -> Signer:
    return checkpoint.witness_signer("tap1", suite().active.sm2_keygen())


def proof(signed: Signed, first: int, second: int) -> list[bytes]:
    log = Log(signed.folder)
    found = tree.consistency(log.hash, first, second)
    log.close()
    return found


def test_what_goes_on_is_cosigned(sign: Sign, key: Signer, tmp_path: Path) -> None:
    """Also without what other witnesses said, and after a restart."""
    signed = sign()
    other = checkpoint.witness_signer("tap2", suite().active.sm2_keygen())
    first, second, third = signed.notes
    witness = Witness(key, signed.signer.public, tmp_path / "state")
    assert checkpoint.only(witness.cosign(first, ())).signed_by(key.public, checkpoint.verifies) == "good"
    more = second + checkpoint.cosignature(other, checkpoint.only(second), 0)
    note = checkpoint.only(witness.cosign(more, proof(signed, 7, 20)))
    assert [name for name, _ in note.signatures] == [signed.signer.name, "tap1"]
    again = Witness(key, signed.signer.public, tmp_path / "state")
    assert again.cosign(third, proof(signed, 20, 33)).startswith(third)
    assert again.cosign(third, ()).startswith(third)


def test_what_does_not_go_on_is_not(sign: Sign, key: Signer, tmp_path: Path) -> None:
    """A log that is split, rolled back, or shown with a proof of something else; what is known stays what it was."""
    one, other = sign("one"), sign("other", who="otto", since=10)
    witness = Witness(key, one.signer.public, tmp_path / "state")
    witness.cosign(one.notes[1], ())
    known = witness.known
    for text, path in (
        (other.notes[2], proof(other, 20, 33)),
        (other.notes[1], []),
        (one.notes[0], []),
        (one.notes[2], []),
        (one.notes[2], proof(one, 7, 33)),
    ):
        with pytest.raises(ProofError):
            witness.cosign(text, path)
    assert witness.known == known


def test_a_key_that_was_replaced_is_followed(sign: Sign, key: Signer, tmp_path: Path) -> None:
    """By the checkpoints that name the next one; not without them."""
    signed = sign()
    fresh = checkpoint.log_signer(signed.signer.name, suite().active.sm2_keygen())
    log = Log(signed.folder)
    size, root = log.lasting()
    log.close()
    handover = checkpoint.signed(signed.signer, size, root, 0, fresh.line).raw
    after = checkpoint.signed(fresh, size, root, 0).raw
    witness = Witness(key, signed.signer.public, tmp_path / "state")
    with pytest.raises(AuditError, match="not signed by the key"):
        witness.cosign(after, [])
    assert witness.cosign(after, [], handover).startswith(signed.signer.name)
    stranger = checkpoint.log_signer(signed.signer.name, suite().active.sm2_keygen())
    forged = checkpoint.signed(stranger, size, root, 0, fresh.line).raw
    with pytest.raises(AuditError, match="not signed by the key"):
        Witness(key, signed.signer.public, tmp_path / "other").cosign(after, [], forged)


def test_what_another_key_signed_is_not(sign: Sign, key: Signer, tmp_path: Path) -> None:
    signed = sign()
    stranger = checkpoint.log_signer(signed.signer.name, suite().active.sm2_keygen())
    witness = Witness(key, stranger.public, tmp_path / "state")
    with pytest.raises(AuditError, match="not signed by the key of the log"):
        witness.cosign(signed.notes[0], ())
    assert witness.known is None
