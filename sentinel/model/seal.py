"""What seals octets for their place, as whoever writes files needs it; and what tells sealed octets from those in clear."""

from __future__ import annotations

from typing import Protocol

from sentinel.errors import CryptoError

MARK = b"sentinel sealed row 1\n"  # neither gzip, nor pcapng, nor JSON begins like that


class Seal(Protocol):
    """Seals the rows of one table; raises `CryptoError` where it has no key."""

    on: bool

    def seal(self, row: str, plain: bytes) -> bytes:
        """Octets that only open in this row."""

    def open(self, row: str, sealed: bytes) -> bytes:
        """What was sealed there; raises `SealError`."""


class Unsealed:
    """Seals nothing, and opens nothing that was sealed."""

    on = False

    def seal(self, row: str, plain: bytes) -> bytes:
        """See `Seal`."""
        raise CryptoError(f"there is no key to seal `{row}` with")

    def open(self, row: str, sealed: bytes) -> bytes:
        """See `Seal`."""
        raise CryptoError(f"`{row}` was sealed, and there is no key at hand to open it with")


UNSEALED = Unsealed()


def sealed(seal: Seal, row: str, octets: bytes) -> bytes:
    """As it is kept: sealed and marked, where there is a seal."""
    return MARK + seal.seal(row, octets) if seal.on else octets


def opened(seal: Seal, row: str, kept: bytes) -> bytes:
    """What was kept; what never was sealed as it is. Raises `CryptoError`."""
    return seal.open(row, kept[len(MARK) :]) if kept.startswith(MARK) else kept
