"""A log on disk: records in order, each with its sequence number, in segment files that only grow.

A segment is named for the sequence number of its first record. A record is its length, its CRC-32 and its octets. What
`append` returned from is synchronised. A power cut or a kill can leave a last record that is cut short: it was promised to
nobody, and opening the log for appending takes it away. One process appends; others may read at the same time.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from sentinel.errors import StoreError

_HEAD = struct.Struct("<II")  # length, CRC-32
_SUFFIX = ".segment"
SEGMENT = 16 << 20  # octets after which a segment is full
LONGEST = 4 << 20  # octets of a record


class Log:
    """A log, open for appending."""

    def __init__(self, folder: Path, first: int = 1, segment: int = SEGMENT) -> None:
        """Open the log of `folder`; one that is new begins with the sequence number `first`."""
        self._folder = folder
        self._segment = segment
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = _segments(folder)
            self._begin(found[-1] if found else first)
        except OSError as error:
            raise _broken(folder, error) from error

    def _begin(self, base: int) -> None:
        """Go on in the segment of this name, behind its last whole record."""
        self._path = self._folder / f"{base:020d}{_SUFFIX}"
        self.next = base
        self._end = 0
        if not self._path.exists():
            self._path.touch(mode=0o600)
            _synchronise_folder(self._folder)
        for record in _records(self._path, 0):
            self.next += 1
            self._end += _HEAD.size + len(record)
        os.truncate(self._path, self._end)

    def append(self, records: Sequence[bytes]) -> None:
        """Keep records, all of them or none; raises `StoreError`."""
        if not records:
            return
        if self._end >= self._segment:
            self.skip(self.next)
        octets = b"".join(_HEAD.pack(len(record), zlib.crc32(record)) + record for record in records)
        try:
            self._write(octets)
        except OSError as error:
            with contextlib.suppress(OSError):  # then the next write begins with it
                os.truncate(self._path, self._end)
            raise _broken(self._folder, error) from error
        self._end += len(octets)
        self.next += len(records)

    def _write(self, octets: bytes) -> None:
        with self._path.open("ab") as file:
            file.truncate(self._end)  # what a full disk left of a write
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())

    @property
    def first(self) -> int:
        """The number of the oldest record that is kept, or of the next one."""
        return min(_segments(self._folder), default=self.next)

    def skip(self, sequence: int) -> None:
        """Go on in a new segment whose first record has this number."""
        try:
            self._begin(sequence)
        except OSError as error:
            raise _broken(self._folder, error) from error


class LogReader:
    """Reads a log from a sequence number on, also while it grows."""

    def __init__(self, folder: Path, sequence: int) -> None:
        self._folder = folder
        self._base = 0
        self._at = 0
        self.next = sequence

    def read(self) -> tuple[int, bytes] | None:
        """The next record and its number; none if there is none yet."""
        try:
            return self._read()
        except OSError as error:
            raise _broken(self._folder, error) from error

    def _read(self) -> tuple[int, bytes] | None:
        if not self._base and not self._find():
            return None
        while True:
            record = next(_records(self._path, self._at), None)
            if record is not None:
                self._at += _HEAD.size + len(record)
                self.next += 1
                return self.next - 1, record
            if not self._go_on():
                return None

    @property
    def _path(self) -> Path:
        return self._folder / f"{self._base:020d}{_SUFFIX}"

    def _find(self) -> bool:
        """Go to the segment that holds the next record, or to the one after it."""
        bases = _segments(self._folder)
        if not bases:
            return False
        self._base = max((base for base in bases if base <= self.next), default=bases[0])
        wanted, self.next, self._at = self.next, self._base, 0
        for record in _records(self._path, 0):
            if self.next >= wanted:
                break
            self.next += 1
            self._at += _HEAD.size + len(record)
        return True

    def _go_on(self) -> bool:
        """Go to the next segment, if there is one: then nothing is added to this one any more."""
        later = [base for base in _segments(self._folder) if base > self._base]
        if not later or next(_records(self._path, self._at), None) is not None:
            return bool(later)
        self._base, self._at = later[0], 0
        self.next = self._base
        return True


def forget(folder: Path, sequence: int) -> None:
    """Delete the segments that hold nothing from `sequence` on; the last one stays, for its number."""
    bases = _segments(folder)
    for base, after in itertools.pairwise(bases):
        if after <= sequence:
            (folder / f"{base:020d}{_SUFFIX}").unlink(missing_ok=True)


def size(folder: Path) -> int:
    """Octets of all segments below a folder."""
    total = 0
    for path in folder.rglob(f"*{_SUFFIX}"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # it was just read to its end
            continue
    return total


def put_number(path: Path, number: int) -> None:
    """Keep a number in a file: the old one or the new one, whatever happens."""
    put_text(path, str(number))


def put_text(path: Path, text: str) -> None:
    """Keep a short text in a file, synchronised: after a power cut it is the old one or the new one, and whole."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _synchronise_folder(path.parent)


def get_number(path: Path, otherwise: int) -> int:
    """The number of such a file; `otherwise` if there is none."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return otherwise


def _segments(folder: Path) -> list[int]:
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(int(name.removesuffix(_SUFFIX)) for name in names if name.endswith(_SUFFIX))


def _records(path: Path, offset: int) -> Iterator[bytes]:
    """The whole records of a segment from an offset on; none where it was read to its end and forgotten."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(offset)
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, check = _HEAD.unpack(head)
            if length > LONGEST:
                return
            record = file.read(length)
            if len(record) < length or zlib.crc32(record) != check:
                return
            yield record


def _synchronise_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _broken(folder: Path, error: OSError) -> StoreError:
    return StoreError(f"`{folder}` cannot be used: {(error.strerror or str(error)).lower()}")
