"""Challenges to whoever says that an SM2 key is theirs: `enc(context, server, nonce, SM3 of the key or certificate)`.

The text that is handed over is what will be signed, and nothing else, so that whoever signs can read all of it first.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from sentinel.crypto.base import enc
from sentinel.errors import CryptoError

LOGIN, ENROL = "sentinel: log in", "sentinel: register a key"
NONCE = 32
_DIGEST = 32
_LONGEST = 2048  # letters of a challenge or an answer


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is asked: for what, by which installation, with which nonce, of which key."""

    context: str
    server: str
    nonce: bytes
    digest: bytes

    @property
    def message(self) -> bytes:
        """What is signed."""
        return enc(self.context, self.server, self.nonce, self.digest)

    def __str__(self) -> str:
        """The text that is handed over."""
        return _text(self.message)


def read_challenge(text: str) -> Challenge:
    """The challenge in a text; raises `CryptoError` for anything that is none of ours."""
    octets, parts = _octets(text), list[bytes]()
    while octets:
        length = int.from_bytes(octets[:4])
        parts.append(octets[4 : 4 + length])
        octets = octets[4 + length :]
    if len(parts) != 4 or parts[0].decode("utf-8", "replace") not in {LOGIN, ENROL}:
        raise CryptoError("this is no challenge to log in; expected the text that the console shows")
    found = Challenge(parts[0].decode(), parts[1].decode("utf-8", "replace"), parts[2], parts[3])
    if found.message != _octets(text) or len(found.nonce) != NONCE or len(found.digest) != _DIGEST:
        raise CryptoError("this challenge is cut short or was changed; copy all of it")
    return found


def answer(nonce: bytes, signature: bytes) -> str:
    """The answer to a challenge: its nonce, and the signature in DER."""
    return _text(nonce + signature)


def read_answer(text: str) -> tuple[bytes, bytes]:
    """Nonce and signature of an answer; raises `CryptoError`."""
    octets = _octets(text)
    if len(octets) <= NONCE:
        raise CryptoError("this is no answer to a challenge; expected what `sentinel login sign` prints")
    return octets[:NONCE], octets[NONCE:]


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _octets(text: str) -> bytes:
    """The octets of a text, whatever a terminal did to its lines."""
    bare = "".join(text.split())
    if len(bare) > _LONGEST:
        raise CryptoError("this is too long for a challenge or an answer")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptoError("this is no challenge and no answer: letters are missing, or others are there") from error
