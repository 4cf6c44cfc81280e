"""A witness: on another host, it cosigns a checkpoint only after it has seen that the log goes on from the one before.

What it cosigned it remembers. So a log that shows two people two histories, or rewrites its own, gets its cosignature for one
of them alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sentinel.audit import tree
from sentinel.audit.checkpoint import Signer, cosignature, only, verifies
from sentinel.audit.standalone import Key, Note, notes_of, successor
from sentinel.errors import AuditError, ProofError
from sentinel.shipping.kept import put_text


class Witness:
    """A witness of the log whose key this is."""

    def __init__(self, signer: Signer, log: Key, state: Path, clock: Callable[[], int] = time.time_ns) -> None:
        self._signer, self._log, self._state, self._clock = signer, log, state, clock

    @property
    def known(self) -> Note | None:
        """What it cosigned last."""
        return only(self._state.read_text("utf-8")) if self._state.exists() else None

    def cosign(self, text: str, proof: Sequence[bytes], handovers: str = "") -> str:
        """The checkpoint with its cosignature; raises `AuditError` for one that does not go on from what is known.

        `handovers` are the checkpoints by which the log replaced its key.
        """
        note = only(text)
        if note.signed_by(successor(self._log, notes_of(handovers), verifies), verifies) != "good":
            raise AuditError(f"the checkpoint of {note.size} records is not signed by the key of the log")
        self._check(note, proof)
        put_text(self._state, note.raw)
        return f"{note.text}\n{_first(note)}\n{cosignature(self._signer, note, self._clock())}"

    def _check(self, note: Note, proof: Sequence[bytes]) -> None:
        known = self.known
        if known is None:
            return
        if note.size < known.size:
            raise ProofError(f"the log has {note.size} records, and had {known.size}: it was rolled back")
        tree.verify_consistency(known.size, note.size, proof, known.root, note.root)


def _first(note: Note) -> str:
    """The signature of the log, without those of other witnesses."""
    return next(line for line in note.raw.split("\n") if line.startswith("— "))
