"""The inbox of a service: batches that collectors sent, until the worker has read them.

`<collector>/<spool>/` is a log whose numbers are those of the collector's spool. So what came twice is known by its
number, and the number is kept by what keeps the batch. A spool that was set back (a disk restored from a copy) gives a
number to two batches: the second is told from the first by its digest, and refused. The door appends, the worker reads
and deletes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sentinel.errors import CryptoError, IngestError, SealError, SequenceError, StoreError
from sentinel.model.seal import UNSEALED, Seal, opened, sealed
from sentinel.shipping.kept import get_number, put_number
from sentinel.shipping.log import Log, LogReader, forget, size, strangers
from sentinel.shipping.record import HIGHEST

_LOG = logging.getLogger(__name__)
LARGEST = 4 << 30  # octets that may wait for the worker; then collectors have to keep theirs
LONGEST_LEAP = 1 << 20  # numbers that a spool may leave out at once: it has not lost so many batches
_MOST_SPOOLS = 100  # of one collector
_COLLECTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_SPOOL = re.compile(r"[0-9a-f]{32}")
_POSITION, _DIGESTS = "position", "digests"


class Inbox:
    """Where the door puts batches."""

    def __init__(self, folder: Path, largest: int = LARGEST, seal: Seal = UNSEALED) -> None:
        self._folder, self._largest, self._seal = folder, largest, seal
        self._logs: dict[tuple[str, str], _Part] = {}
        self._lock = threading.Lock()

    def accept(self, collector: str, spool: str, number: int, batch: bytes) -> bool:
        """Keep a batch, synchronised; false if it is there already.

        Raises `StoreError` where it can be sent again, `SequenceError` where its number cannot be taken, `IngestError`.
        """
        with self._lock:
            part = self._part(collector, spool, number)
            log, digests = part.log, part.digests
            if number < log.next:
                if not digests.knows(number, batch):
                    raise SequenceError(f"the spool has used the number {number} before, for another batch")
                return False
            if number - log.next > LONGEST_LEAP:
                raise SequenceError(f"the number {number} is too far from the last one, {log.next - 1}")
            if sum(size(path) for path in _parts(self._folder)) + len(batch) > self._largest:
                raise StoreError("the inbox is full; the worker has to read it first")
            if number > log.next:
                log.skip(number)
            digests.put(number, batch)
            log.append([self._sealed(_row(collector, spool, number), batch)])
            return True

    def _sealed(self, row: str, batch: bytes) -> bytes:
        try:
            return sealed(self._seal, row, batch)
        except CryptoError as error:
            raise StoreError(f"`{self._folder}`: {error}") from error

    def _part(self, collector: str, spool: str, number: int) -> _Part:
        found = self._logs.get((collector, spool))
        if found is not None:
            return found
        if not _SPOOL.fullmatch(spool) or not 0 < number < HIGHEST:
            raise IngestError("a batch has the name of its spool and its number there")
        folder = self._folder / collector / spool
        if not folder.exists() and len(_folders(folder.parent, _SPOOL)) >= _MOST_SPOOLS:
            raise IngestError(f"the collector has had {_MOST_SPOOLS} spools; remove old ones from `{folder.parent}`")
        part = _Part(Log(folder, first=number), Digests(folder / _DIGESTS))
        return self._logs.setdefault((collector, spool), part)


class Digests:
    """Of the last batches of a spool, what tells each from any other that is given its number.

    It is not synchronised: what a power cut takes is not known, and then refused.
    """

    _ROW = struct.Struct("<Q8s")
    _ROWS = 4096

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, number: int, batch: bytes) -> None:
        """This batch has the number. Raises `StoreError`."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(descriptor, self._row(number, batch), number % self._ROWS * self._ROW.size)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreError(f"`{self._path}`: {(error.strerror or str(error)).lower()}") from error

    def knows(self, number: int, batch: bytes) -> bool:
        """Whether it was this batch that had the number."""
        try:
            with self._path.open("rb") as file:
                file.seek(number % self._ROWS * self._ROW.size)
                return file.read(self._ROW.size) == self._row(number, batch)
        except OSError:
            return False

    def _row(self, number: int, batch: bytes) -> bytes:
        return self._ROW.pack(number, hashlib.blake2b(batch, digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class _Part:
    """What the door keeps of one spool."""

    log: Log
    digests: Digests


class Box:
    """One spool's part of the inbox, as the worker reads it."""

    def __init__(self, folder: Path, seal: Seal = UNSEALED) -> None:
        self.collector, self.spool = folder.parent.name, folder.name
        self._seal = seal
        self.missing = 0  # batches between the one that was read last and the one before it
        self._folder = folder
        self._next = get_number(folder / _POSITION, 0)  # 0: a spool may begin anywhere, it may have had another service
        self._reader = LogReader(folder, self._next or 1)
        strangers(folder, _POSITION, f"{_POSITION}.new", _DIGESTS)

    def read(self) -> tuple[int, bytes] | None:
        """The next batch and its number; one that was changed is missing. Raises `StoreError`."""
        while (read := self._reader.read()) is not None:
            number, kept = read
            try:
                batch = opened(self._seal, _row(self.collector, self.spool, number), kept)
            except SealError as error:
                _LOG.error("%s, number %d: %s", self._folder, number, error)
                continue
            except CryptoError as error:
                self._reader = LogReader(self._folder, number)  # with the key it can be read
                raise StoreError(f"`{self._folder}`: {error}") from error
            self.missing = max(0, number - self._next) if self._next else 0
            self._next = number + 1
            return number, batch
        return None

    def confirm(self, number: int) -> None:
        """Everything up to this batch is in the store."""
        try:
            put_number(self._folder / _POSITION, number + 1)
            forget(self._folder, number + 1)
        except OSError as error:
            raise StoreError(f"`{self._folder}`: {(error.strerror or str(error)).lower()}") from error


class Boxes:
    """A box for each spool that there is."""

    def __init__(self, folder: Path, seal: Seal = UNSEALED) -> None:
        self._folder, self._seal = folder, seal
        self._boxes: dict[Path, Box] = {}
        self._strange: set[Path] = set()

    def look(self) -> Sequence[Box]:
        """Those that are known, and new ones; what is no spool is said once and left alone."""
        parts = _parts(self._folder)
        for path in parts:
            if path not in self._boxes:
                self._boxes[path] = Box(path, self._seal)
        collectors = _folders(self._folder, _COLLECTOR)
        found = [*_entries(self._folder), *(path for each in collectors for path in _entries(each))]
        strange = set(found).difference(collectors, parts)
        if new := sorted(map(ascii, strange - self._strange)):
            _LOG.warning("the inbox holds what is no spool and is left alone: %s", ", ".join(new[:3]))
        self._strange |= strange
        return list(self._boxes.values())


def _row(collector: str, spool: str, number: int) -> str:
    return f"{collector}/{spool}/{number}"


def _parts(folder: Path) -> list[Path]:
    return [spool for collector in _folders(folder, _COLLECTOR) for spool in _folders(collector, _SPOOL)]


def _folders(folder: Path, name: re.Pattern[str]) -> list[Path]:
    return [path for path in _entries(folder) if name.fullmatch(path.name) and path.is_dir()]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
