"""The log as one file: a line for each record behind its hash, an empty line, and the checkpoints."""

from __future__ import annotations

from collections.abc import Iterator

from sentinel.audit.log import Log
from sentinel.audit.standalone import EXPORT
from sentinel.audit.tree import leaf_hash

_AT_ONCE = 4096


def exported(log: Log, size: int, checkpoints: str) -> Iterator[bytes]:
    """The first `size` records and the checkpoints, for `sentinel audit verify` and its stand-alone form."""
    yield f"{EXPORT}\n".encode()
    for first in range(0, size, _AT_ONCE):
        records = log.records(first, min(first + _AT_ONCE, size))
        yield b"".join(leaf_hash(record).hex().encode() + b" " + record + b"\n" for record in records)
    yield b"\n" + checkpoints.encode()
