"""Snapshots of what State and detection remember: written whole or not at all, and read whole or not at all.

A file is a head that names the form and the layout of our classes, the pickled state, and its length and checksum. Only
the classes of this package and plain containers are ever made from one, whatever the file asks for. The layout is taken
from the classes themselves, so that a snapshot of another version is never half understood.
"""

from __future__ import annotations

import importlib
import io
import os
import pickle  # only classes of ours are made from it: see `_Loader`
import pkgutil
import struct
import zlib
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sentinel.errors import CryptoError, StoreError
from sentinel.model.garbage import uncollected
from sentinel.state.bounded import Bounded
from sentinel.store.sealed_file import Writing, opened, said
from sentinel.store.sealing import Clear, Sealing

_MAGIC = b"sentinel state 1\n"
_TRAILER = struct.Struct(">QI")
_CLEAR = Clear()
_PLAIN = {("collections", "OrderedDict"): OrderedDict, ("collections", "deque"): deque, ("builtins", "set"): set}
_PACKAGE = __name__.rpartition(".")[0]


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
        summed.write(_MAGIC + layout().to_bytes(4, "big"))
        with uncollected():
            pickle.Pickler(summed, protocol=5).dump(state)
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
    if data[:head] != _MAGIC + layout().to_bytes(4, "big"):
        raise StoreError(f"the state in `{path}` is of another version")
    try:
        with uncollected():
            state = _Loader(io.BytesIO(memoryview(data)[head:whole])).load()
    except Exception as error:  # the checksum fits, so this is a file that somebody made
        raise StoreError(f"the state in `{path}` cannot be understood: {error}") from error
    if not isinstance(state, dict):
        raise StoreError(f"the state in `{path}` cannot be understood")
    return state


@cache
def layout() -> int:
    """A number for the form of all classes that snapshots may hold."""
    shapes = sorted(
        (f"{name.__module__}.{name.__qualname__}", [(field.name, str(field.type)) for field in fields(name)])
        for name in _classes()
    )
    return zlib.crc32(repr(shapes).encode())


def _classes() -> Iterator[type]:
    package = importlib.import_module(_PACKAGE)
    for info in pkgutil.walk_packages(package.__path__, f"{_PACKAGE}."):
        for member in vars(importlib.import_module(info.name)).values():
            if isinstance(member, type) and member.__module__ == info.name and is_dataclass(member):
                yield member


@cache
def _allowed() -> dict[tuple[str, str], type]:
    ours: dict[tuple[str, str], type] = {(each.__module__, each.__qualname__): each for each in _classes()}
    return ours | _PLAIN | {(Bounded.__module__, Bounded.__qualname__): Bounded}


class _Loader(pickle.Unpickler):
    """Makes nothing but containers and what this package defines."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _allowed()[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"`{module}.{name}` has no place there") from None


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
