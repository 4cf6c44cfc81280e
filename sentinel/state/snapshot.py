"""Snapshots of what State and detection remember: written whole or not at all, and read whole or not at all.

A file is a head that names the form and the layout of our classes, the state in pieces (`pieces.py`), and its length and
checksum. The layout is taken from the classes themselves, so that a snapshot of another version is never half understood.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

from sentinel.errors import CryptoError, StoreError
from sentinel.model.garbage import uncollected
from sentinel.state import pieces
from sentinel.store.sealed_file import Writing, opened, said
from sentinel.store.sealing import Clear, Sealing

_MAGIC = b"sentinel state 2\n"
_TRAILER = struct.Struct(">QI")
_CLEAR = Clear()


def save(path: Path, state: dict[str, Any], sealing: Sealing = _CLEAR) -> int:
    """Put `state` in the place of what `path` holds, sealed if need be; the octets of it. Raises `StoreError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(beside(path), state, sealing)
    except (OSError, CryptoError) as error:
        raise StoreError(f"the state cannot be kept in `{path}`: {said(error)}") from error
    return place(beside(path), path)


def beside(path: Path, pid: int | None = None) -> Path:
    """Where a process (by default this one) writes what is to be in the place of `path`."""
    return path.with_suffix(f".{pid or os.getpid()}.new")


def write(file: Path, state: dict[str, Any], sealing: Sealing = _CLEAR) -> None:
    """Write a snapshot, and be sure that it is on the disk."""
    with file.open("wb") as target:
        sealed = Writing(target, sealing)
        summed = _Summed(sealed)
        summed.write(_MAGIC + pieces.layout().to_bytes(4, "big"))
        with uncollected():
            pieces.write(state, summed)
        sealed.write(_TRAILER.pack(summed.length, summed.sum))
        sealed.flush()
        os.fsync(target.fileno())


def place(file: Path, path: Path) -> int:
    """Put a snapshot that was written in its place; its octets. Raises `StoreError`."""
    try:
        octets = file.stat().st_size
        file.replace(path)
        _synchronise(path.parent)
    except OSError as error:
        raise StoreError(f"the state cannot be kept in `{path}`: {error.strerror or error}") from error
    return octets


def tidy(path: Path) -> None:
    """Remove what processes left that were killed while they wrote."""
    for left in path.parent.glob(f"{path.stem}.*.new"):
        left.unlink(missing_ok=True)


def load(path: Path, sealing: Sealing = _CLEAR) -> dict[str, Any] | None:
    """What `save` put there, none where nothing is; raises `StoreError` where it is damaged or of another version."""
    try:
        data = opened(path.read_bytes(), sealing)
    except FileNotFoundError:
        return None
    except (OSError, CryptoError) as error:
        raise StoreError(f"the state in `{path}` cannot be read: {said(error)}") from error
    whole, head = len(data) - _TRAILER.size, len(_MAGIC) + 4
    if whole < head or _TRAILER.unpack(data[whole:]) != (whole, zlib.crc32(memoryview(data)[:whole])):
        raise StoreError(f"the state in `{path}` is damaged")
    if data[:head] != _MAGIC + pieces.layout().to_bytes(4, "big"):
        raise StoreError(f"the state in `{path}` is of another version")
    try:
        with uncollected():
            source = io.BytesIO(data)
            source.seek(head)
            return pieces.read(source, whole)
    except Exception as error:  # the checksum fits, so this is a file that somebody made
        raise StoreError(f"the state in `{path}` cannot be understood: {error}") from error


class _Summed:
    """A file that adds up what is written to it."""

    def __init__(self, file: Writing) -> None:
        self._file = file
        self.length = 0
        self.sum = 0

    def write(self, data: bytes) -> int:
        self.length += len(data)
        self.sum = zlib.crc32(data, self.sum)
        return self._file.write(data)


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
