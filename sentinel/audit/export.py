"""The log as one file, and what was found in it as another: each is verified with nothing but the public key.

The log is a line for each record behind its hash, an empty line, and the checkpoints. A selection is a line for each record
behind its place in the log, its hash and the hashes of its proof of inclusion (RFC 9162, 2.1.3; `-` for none), an empty line,
and the checkpoint that it is proven under.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sentinel.audit.log import Log
from sentinel.audit.standalone import EXPORT, SELECTION, Note
from sentinel.audit.tree import inclusion, leaf_hash

_AT_ONCE = 4096


def exported(log: Log, size: int, checkpoints: str) -> Iterator[bytes]:
    """The first `size` records and the checkpoints, for `sentinel audit verify` and its stand-alone form."""
    yield f"{EXPORT}\n".encode()
    for first in range(0, size, _AT_ONCE):
        records = log.records(first, min(first + _AT_ONCE, size))
        yield b"".join(leaf_hash(record).hex().encode() + b" " + record + b"\n" for record in records)
    yield b"\n" + checkpoints.encode()


def selected(
    log: Log, found: Iterable[tuple[int, bytes]], note: Note, handovers: Iterable[Note] = ()
) -> Iterator[bytes]:
    """Records by their places in the log, each with its proof under a checkpoint that covers them all.

    `handovers` are those by which the log came to the key that signed it.
    """
    yield f"{SELECTION}\n".encode()
    for number, record in found:
        path = b",".join(each.hex().encode() for each in inclusion(log.hash, number, note.size)) or b"-"
        yield b"%d %s %s %s\n" % (number, leaf_hash(record).hex().encode(), path, record)
    yield b"\n" + "".join(each.raw for each in [*handovers, note]).encode()
