"""The checkpoints of a log, as they are kept beside it: a file of notes that only grows."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from sentinel.audit.checkpoint import verifies
from sentinel.audit.standalone import Key, Note, UnusableError, key_of, notes_of
from sentinel.errors import AuditError
from sentinel.shipping.kept import put_text

_TAIL = 1 << 16  # octets that hold the last checkpoint, with all its cosignatures


class Heads:
    """The checkpoints of the log in a folder, and the public key that they are signed by."""

    def __init__(self, folder: Path) -> None:
        self._notes, self._public = folder / "checkpoints", folder / "public"

    def add(self, note: Note) -> None:
        """Keep another one, synchronised; raises `AuditError`."""
        try:
            with self._notes.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # the keeper of the log adds, and whoever hands over cosignatures
                file.write(note.raw.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise AuditError(f"the checkpoint cannot be kept: {(error.strerror or str(error)).lower()}") from error

    def text(self) -> str:
        """All of them."""
        with contextlib.suppress(FileNotFoundError):
            return self._notes.read_text("utf-8", "replace")  # what is no text is no checkpoint
        return ""

    def last(self) -> Note | None:
        """The last one that is signed by the key of the log; none where what stands for that is no key."""
        key = None
        with contextlib.suppress(AuditError):
            key = self.key
        if key is None or not self._notes.exists():
            return None
        with self._notes.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            text = file.read().decode("utf-8", "replace")
        good = (note for note in reversed(notes_of(text)) if note.size >= 0 and note.signed_by(key, verifies) == "good")
        return next(good, None)

    @property
    def line(self) -> str:
        """The public key that signs now, as it is handed over; empty while there is none."""
        return self.lines[-1] if self.lines else ""

    @property
    def lines(self) -> list[str]:
        """All public keys that the log had, the first one first."""
        with contextlib.suppress(FileNotFoundError):
            return self._public.read_text("utf-8", "replace").split()
        return []

    @property
    def handovers(self) -> list[Note]:
        """The checkpoints that name the next key."""
        return [note for note in notes_of(self.text()) if note.next]

    @property
    def key(self) -> Key | None:
        """The public key; raises `AuditError` if what stands there is none."""
        try:
            return key_of(self.line) if self.line else None
        except UnusableError as error:
            raise AuditError(str(error)) from error

    def publish(self, lines: Sequence[str]) -> None:
        """Say which keys sign, or did; who keeps the log has seen to it that each handed over to the next."""
        put_text(self._public, "".join(f"{each}\n" for each in lines))
