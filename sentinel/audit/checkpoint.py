"""Checkpoints: what the log was at a time, signed with SM2; and the cosignatures of witnesses.

The form is that of C2SP tlog-checkpoint and signed-note, as a private profile: neither SM3 roots nor SM2 signatures are
among its algorithms, so the type of a key is 0xff and a long identifier, and no other witness can read them. Each signature
covers what it is for. `sentinel.audit.standalone` reads and verifies them; there is no second reader.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from sentinel.audit.standalone import CHECKPOINT, COSIGNATURE, LOG_KEY, WITNESS_KEY, Key, Note, enc, line_of, notes_of
from sentinel.crypto.curve import PrivateKey, PublicKey
from sentinel.crypto.suite import Suite, suite
from sentinel.errors import AuditError, CryptoError


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a log, or a witness of one."""

    name: str
    kind: bytes
    key: PrivateKey
    by: Suite

    @property
    def public(self) -> Key:
        """The public key as it is handed over."""
        point = self.key.public.point
        return Key(self.name, self.kind, (int.from_bytes(point[1:33]), int.from_bytes(point[33:])))

    @property
    def line(self) -> str:
        """The public key as a line of text."""
        return line_of(self.public)

    def signature_line(self, octets: bytes) -> str:
        """The line of a signature below a note."""
        return f"— {self.name} {base64.b64encode(self.public.id + octets).decode()}\n"


def log_signer(name: str, key: PrivateKey, by: Suite | None = None) -> Signer:
    """Who signs the checkpoints of a log."""
    return Signer(_checked(name), LOG_KEY, key, by or suite())


def witness_signer(name: str, key: PrivateKey, by: Suite | None = None) -> Signer:
    """Who cosigns them."""
    return Signer(_checked(name), WITNESS_KEY, key, by or suite())


def _checked(name: str) -> str:
    if not name or not name.isprintable() or set(name) & set(" +"):
        raise AuditError(f"`{name}` cannot name a key; expected printable characters without spaces and `+`")
    return name


def signed(signer: Signer, size: int, root: bytes, time: int, successor: str = "") -> Note:
    """A checkpoint of the log whose key this is, the last one where it names its successor; raises `CryptoError` where nothing signs safely."""
    when = datetime.fromtimestamp(time // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"{signer.name}\n{size}\n{base64.b64encode(root).decode()}\ntime {when}\n"
    text += f"key {successor}\n" if successor else ""
    signature = signer.by.sign(signer.key, enc(CHECKPOINT.encode(), text.encode()))
    return only(f"{text}\n{signer.signature_line(signature)}")


def cosignature(witness: Signer, note: Note, time: int) -> str:
    """A witness's line below a checkpoint, with the second at which it was made."""
    when = (time // 1_000_000_000).to_bytes(8)
    signature = witness.by.sign(witness.key, enc(COSIGNATURE.encode(), when, note.text.encode()))
    return witness.signature_line(when + signature)


def only(text: str) -> Note:
    """The one note of a text; raises `AuditError`."""
    notes = notes_of(text)
    if len(notes) != 1 or notes[0].size < 0:
        raise AuditError("expected one checkpoint: origin, size, root, time, and its signatures")
    return notes[0]


def verifies(point: tuple[int, int], message: bytes, signature: bytes) -> bool:
    """Whether a signature is good, by the active provider: fast, where the stand-alone verifier is slow."""
    try:
        key = PublicKey(b"\x04" + point[0].to_bytes(32) + point[1].to_bytes(32))
        suite().verify(key, message, signature)
    except (CryptoError, OverflowError):
        return False
    return True
