"""A record on disk: a mark, its length, a CRC-32, its number and its octets.

The mark and the number are there for the day a disk is damaged: what is whole behind the damage is found by them, and
how much was lost is told by the next number.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LONGEST = 4 << 20  # octets of a record
HIGHEST = 1 << 62  # no number is as high
_HEAD = struct.Struct("<4sIIQ")
_NUMBER = struct.Struct("<Q")
_MARK = b"\xa7Snl"
_WINDOW = 1 << 14  # octets that are searched for a mark at once


@dataclass(frozen=True, slots=True)
class Record:
    """A whole record, where it ends in its file, and how many octets before it belong to none."""

    number: int
    octets: bytes
    end: int
    torn: int


def packed(number: int, octets: bytes) -> bytes:
    """A record as it stands on disk."""
    return _HEAD.pack(_MARK, len(octets), _check(number, octets), number) + octets


def records(path: Path, at: int) -> Iterator[Record]:
    """The whole records of a file from an offset on, whatever stands between them; none where there is no file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:  # it was read to its end and forgotten
        return
    with file:
        end = at
        while True:
            found = _whole(file, at)
            if found is not None:
                number, octets = found
                torn, end = at - end, at + _HEAD.size + len(octets)
                yield Record(number, octets, end, torn)
                at = end
            elif (further := _mark(file, at + 1)) is not None:
                at = further
            else:
                return


def _whole(file: BinaryIO, at: int) -> tuple[int, bytes] | None:
    file.seek(at)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    mark, length, check, number = _HEAD.unpack(head)
    if mark != _MARK or length > LONGEST or number >= HIGHEST:
        return None
    octets = file.read(length)
    return (number, octets) if len(octets) == length and _check(number, octets) == check else None


def _mark(file: BinaryIO, at: int) -> int | None:
    """Where the next mark stands from an offset on."""
    file.seek(at)
    while window := file.read(_WINDOW):
        found = window.find(_MARK)
        if found >= 0:
            return at + found
        if len(window) < len(_MARK):
            return None
        at += len(window) - len(_MARK) + 1  # a mark may stand across the border
        file.seek(at)
    return None


def _check(number: int, octets: bytes) -> int:
    return zlib.crc32(octets, zlib.crc32(_NUMBER.pack(number)))
