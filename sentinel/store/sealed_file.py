"""A file sealed in pieces, each bound to its number: what is large is written without being held twice.

Pieces in another order do not open. Those of an older file under the same key would: who reads has a checksum inside.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from sentinel.errors import CryptoError
from sentinel.store.sealing import Sealing

_MAGIC = b"sentinel sealed 1\n"
_LENGTH = struct.Struct(">I")
_PIECE = 1 << 20
_TABLE = "state"


class Writing:
    """Writes to a file, sealed where sealing is on."""

    def __init__(self, file: BinaryIO, sealing: Sealing) -> None:
        self._file, self._sealing = file, sealing
        self._waiting, self._number = bytearray(), 0
        if sealing.on:
            file.write(_MAGIC)

    def write(self, data: bytes) -> int:
        """Write some of it."""
        if not self._sealing.on:
            return self._file.write(data)
        self._waiting += data
        while len(self._waiting) >= _PIECE:
            self._piece(_PIECE)
        return len(data)

    def _piece(self, length: int) -> None:
        sealed = self._sealing.seal(_TABLE, str(self._number), bytes(self._waiting[:length]))
        del self._waiting[:length]
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._number += 1

    def flush(self) -> None:
        """Nothing follows."""
        if self._waiting:
            self._piece(len(self._waiting))
        self._file.flush()


def opened(data: bytes, sealing: Sealing) -> bytes:
    """What was written; what was never sealed as it is. Raises `CryptoError`."""
    if not data.startswith(_MAGIC):
        return data
    pieces, place = list[bytes](), len(_MAGIC)
    while place < len(data):
        if len(data) - place < _LENGTH.size:
            raise CryptoError("a sealed file is cut short")
        start = place + _LENGTH.size
        place = start + _LENGTH.unpack_from(data, place)[0]
        pieces.append(sealing.open(_TABLE, str(len(pieces)), data[start:place]))
    return b"".join(pieces)


def said(error: OSError | CryptoError) -> str:
    """What went wrong, for an error of ours."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
