"""A log on disk: records in order, each with its number, in segment files that only grow.

A segment is named for the number of its first record. What `append` returned from is synchronised, and the number that
comes next is kept beside the log (`Pledge`). A power cut or a kill can leave a last record that is cut short: it was promised
to nobody, and opening the log for appending takes it away. Damage loses what it hit: readers go on behind it, and a
log that has lost its end goes on with the number that it had come to. One process appends; others may read meanwhile.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sentinel.errors import StoreError
from sentinel.shipping.kept import Pledge, synchronise_folder
from sentinel.shipping.record import HIGHEST, Record, packed, records

_LOG = logging.getLogger(__name__)
_SUFFIX = ".records"
_NAME = re.compile(rf"\d{{20}}{re.escape(_SUFFIX)}", re.ASCII)
_NEXT = "next"
SEGMENT = 16 << 20  # octets after which a segment is full


class Log:
    """A log, open for appending."""

    def __init__(self, folder: Path, first: int = 1, segment: int = SEGMENT) -> None:
        """Open the log of `folder`; one that is new begins with the number `first`."""
        self._folder = folder
        self._segment = segment
        self._pledge = Pledge(folder / _NEXT)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open(first)
        except OSError as error:
            raise _broken(folder, error) from error

    def _open(self, first: int) -> None:
        """Go on behind the last whole record, or where the log had come to before it lost that."""
        found, promised = _segments(self._folder), self._pledge.get()
        self._begin(found[-1] if found else max(first, promised))
        if promised > self.next:
            _LOG.error(
                "%s lost its end: of the numbers from %d to %d, what cannot be read is gone",
                self._folder, self.next, promised - 1,
            )  # fmt: skip
            self._begin(promised)
        os.truncate(self._path, self._end)
        self._pledge.put(self.next)
        synchronise_folder(self._folder)

    def _begin(self, base: int) -> None:
        """Go on in the segment of this name, behind its last whole record."""
        self._path = _segment(self._folder, base)
        self.next = base
        self._end = 0
        if not self._path.exists():
            self._path.touch(mode=0o600)
            synchronise_folder(self._folder)
        for record in records(self._path, 0):
            self.next = max(self.next, record.number + 1)
            self._end = record.end

    def append(self, batches: Sequence[bytes]) -> None:
        """Keep records, all of them or none; raises `StoreError`."""
        if not batches:
            return
        if self._end >= self._segment:
            self.skip(self.next)
        octets = b"".join(packed(number, batch) for number, batch in enumerate(batches, self.next))
        try:
            self._write(octets)
            self._pledge.put(self.next + len(batches))
        except OSError as error:
            with contextlib.suppress(OSError):  # then the next write begins with it
                os.truncate(self._path, self._end)
            raise _broken(self._folder, error) from error
        self._end += len(octets)
        self.next += len(batches)

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

    def skip(self, number: int) -> None:
        """Go on in a new segment whose first record has this number."""
        try:
            self._begin(number)
        except OSError as error:
            raise _broken(self._folder, error) from error


class LogReader:
    """Reads a log from a number on, also while it grows."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self._base = 0
        self._at = 0
        self.next = number

    def read(self) -> tuple[int, bytes] | None:
        """The next record and its number; none if there is none yet. Raises `StoreError`."""
        try:
            record = self._read()
        except OSError as error:
            raise _broken(self._folder, error) from error
        if record is None:
            return None
        if record.torn:
            _LOG.error("%s is damaged: %d octets before its number %d cannot be read, and are left out",
                       self._path, record.torn, record.number)  # fmt: skip
        self.next = record.number + 1
        return record.number, record.octets

    def _read(self) -> Record | None:
        if not self._base and not self._find():
            return None
        while True:
            record = self._here()
            if record is not None:
                return record
            later = [base for base in _segments(self._folder) if base > self._base]
            if not later:
                return None
            record = self._here()  # it may have come meanwhile; now that there is a later segment, no more do
            if record is not None:
                return record
            self._base, self._at = later[0], 0

    def _here(self) -> Record | None:
        """The next record of this segment; those before it were read earlier, by another reader."""
        for record in records(self._path, self._at):
            self._at = record.end
            if record.number >= self.next:
                return record
        return None

    @property
    def _path(self) -> Path:
        return _segment(self._folder, self._base)

    def _find(self) -> bool:
        """Go to the segment that holds the next record, or to the one after it."""
        bases = _segments(self._folder)
        if bases:
            self._base = max((base for base in bases if base <= self.next), default=bases[0])
        return bool(bases)


def holds(folder: Path) -> bool:
    """Whether there is a log, or what says how far one had come."""
    return bool(_segments(folder)) or Pledge(folder / _NEXT).get() > 0


def forget(folder: Path, number: int) -> None:
    """Delete the segments that hold nothing from `number` on; the last one stays, for its number."""
    bases = _segments(folder)
    for base, after in itertools.pairwise(bases):
        if after <= number:
            _segment(folder, base).unlink(missing_ok=True)


def size(folder: Path) -> int:
    """Octets of all segments of a log."""
    total = 0
    for base in _segments(folder):
        with contextlib.suppress(FileNotFoundError):  # it was just read to its end
            total += _segment(folder, base).stat().st_size
    return total


def strangers(folder: Path, *ours: str) -> None:
    """Say, in one line, what lies in a folder of a log that is not ours; it is left alone."""
    known = {_NEXT, *ours}
    try:
        names = sorted(path.name for path in _entries(folder) if path.name not in known and not _is_segment(path))
    except OSError:  # whoever reads it says so
        return
    if names:
        shown = ", ".join(f"`{ascii(name)[1:-1]}`" for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        _LOG.warning("%s holds what is not of its kind and is left alone: %s%s", folder, shown, more)


def _segment(folder: Path, base: int) -> Path:
    return folder / f"{base:020d}{_SUFFIX}"


def _segments(folder: Path) -> list[int]:
    """Where segments begin; what else lies there is not ours."""
    return sorted(int(path.name.removesuffix(_SUFFIX)) for path in _entries(folder) if _is_segment(path))


def _entries(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        yield from folder.iterdir()


def _is_segment(path: Path) -> bool:
    return bool(_NAME.fullmatch(path.name)) and 0 < int(path.name[:20]) < HIGHEST and path.is_file()


def _broken(folder: Path, error: OSError) -> StoreError:
    return StoreError(f"`{folder}` cannot be used: {(error.strerror or str(error)).lower()}")
