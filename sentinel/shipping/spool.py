"""A spool: batches that who takes them has not yet taken, in order, within a bound; of a collector, or of a store."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import re
import secrets
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from sentinel.errors import ConfigError, CryptoError, SealError, StoreError
from sentinel.model.seal import UNSEALED, Seal, opened, sealed
from sentinel.shipping.kept import Pledge, put_text
from sentinel.shipping.log import Log, LogReader, forget, holds, size, strangers

_LOG = logging.getLogger(__name__)
_NAME = re.compile(r"[0-9a-f]{32}")
_REFUSED = re.compile(r"\d{20}\.json\.gz", re.ASCII)
_MOST_REFUSED = 100  # batches that are kept for a person to look at; the oldest go


class Spool:
    """A folder that one collector holds. A thread appends, another reads and confirms."""

    def __init__(self, folder: Path, largest: int, seal: Seal = UNSEALED) -> None:
        """`largest` is how many octets may wait; raises `ConfigError` where the folder cannot be used."""
        self._folder, self.largest, self._seal = folder, largest, seal
        self._pledge = Pledge(folder / "taken")
        self._turn = threading.Lock()  # the log has one writer at a time: what appends, or what begins a segment
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (folder / "lock").open("w")
        except OSError as error:
            raise ConfigError(f"`{folder}` cannot hold the spool: {(error.strerror or str(error)).lower()}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise ConfigError(f"`{folder}` is in use by another process; choose another folder") from None
        try:
            self.name = _name(folder)
            self._open()
        except (OSError, StoreError, CryptoError) as error:
            self._lock.close()
            reason = error.strerror if isinstance(error, OSError) else None
            raise ConfigError(f"`{folder}` cannot hold the spool: {(reason or str(error)).lower()}") from error

    def _open(self) -> None:
        """Go on where the service had come to; what of the log is lost was numbered, and no number is used twice."""
        strangers(self._folder, "lock", "name", "name.new", "taken", "note", "note.new", "log", "refused", "evidence")
        strangers(self._folder / "log")
        taken = self._pledge.get()
        self.left = _touched(self._folder / "log" / "next")  # when something was last appended before, in nanoseconds
        self._log = Log(self._folder / "log", taken or 1, min(16 << 20, max(1 << 16, self.largest // 8)))
        if self._log.next < taken:
            self._log.skip(taken)
        self.begun = self._log.next  # batches before this number came before the start
        self._taken = taken or self._log.first
        self._gap = (self._taken, self._taken)  # numbers, from and before, whose batches are lost
        self._pledge.put(self._taken)  # from the first day on: what is missing is known by it
        self._reader = LogReader(self._folder / "log", self._taken)
        waiting = LogReader(self._folder / "log", self._taken).read()
        if waiting is not None:
            with contextlib.suppress(SealError):  # whoever reads it says so
                self._opened(*waiting)

    @property
    def next(self) -> int:
        """The number of the batch that is appended next."""
        return self._log.next

    @property
    def waiting(self) -> int:
        """Batches that the service has not taken."""
        return self._log.next - self._taken

    @property
    def octets(self) -> int:
        """Octets on disk."""
        return size(self._folder / "log")

    def append(self, batches: Sequence[bytes], note: str = "") -> bool:
        """Keep batches, synchronised; false, and nothing kept, where the spool is full. Raises `StoreError`.

        A `note` says what whoever appends has come to with them.
        """
        if size(self._folder / "log") + sum(map(len, batches)) > self.largest:
            return False
        with self._turn:
            try:
                self._log.append([
                    sealed(self._seal, str(number), batch) for number, batch in enumerate(batches, self._log.next)
                ])  # fmt: skip
            except CryptoError as error:
                raise StoreError(f"`{self._folder}`: {error}") from error
            if note:
                self._note(note)
        return True

    def note(self, note: str) -> None:
        """Keep a note that goes with no batch."""
        with self._turn:
            self._note(note)

    def _note(self, note: str) -> None:
        """Before anything of the log is forgotten: a kill may come between the two, and then the log tells the rest."""
        try:
            put_text(self._folder / "note", f"{self._log.next} {note}")
        except OSError as error:  # then what follows the note that there is tells it
            _LOG.error("`%s`: %s", self._folder, (error.strerror or str(error)).lower())

    def noted(self) -> tuple[str, list[bytes]]:
        """The last note, if any, and the batches that were kept after it."""
        try:
            number, _, note = (self._folder / "note").read_text(encoding="ascii").partition(" ")
            reader = LogReader(self._folder / "log", int(number))
        except (OSError, ValueError):
            return "", []
        return note, [batch for _, batch in iter(lambda: self._whole(reader), None)]

    def unnote(self) -> None:
        """What the note was for has come to its end."""
        (self._folder / "note").unlink(missing_ok=True)

    def read(self) -> tuple[int, bytes] | None:
        """The next batch to be sent and its number; none if all were given. Raises `StoreError`."""
        wanted, end = self._reader.next, self._log.next
        if wanted >= end:  # what is not synchronised yet could still be lost, and its number used again
            return None
        read = self._whole(self._reader)
        found = end if read is None else read[0]
        if found > wanted:
            _LOG.error("%s is damaged: %d batches before its number %d are lost", self._folder, found - wanted, found)
            self._gap, self._reader.next = (wanted, found), max(found, self._reader.next)
            self._settle(self._taken)
        return read

    def _whole(self, reader: LogReader) -> tuple[int, bytes] | None:
        """The next record that opens; one that was changed is lost, like one that is damaged."""
        while (read := reader.read()) is not None:
            try:
                return read[0], self._opened(*read)
            except SealError as error:
                _LOG.error("%s, number %d: %s", self._folder, read[0], error)
            except CryptoError as error:
                raise StoreError(f"`{self._folder}`: {error}") from error
        return None

    def _opened(self, number: int, kept: bytes) -> bytes:
        return opened(self._seal, str(number), kept)

    def _settle(self, taken: int) -> None:
        """The service has everything before this number; what is lost behind that is not waited for."""
        lost, after = self._gap
        self._taken = max(taken, after) if taken >= lost else taken

    def rename(self) -> None:
        """Take a new name: the service knows this one for other batches. Raises `StoreError`."""
        try:
            self.name = _renamed(self._folder / "name")
        except OSError as error:
            raise StoreError(f"`{self._folder}`: {(error.strerror or str(error)).lower()}") from error

    def confirm(self, sequence: int) -> None:
        """The service has everything up to this batch. Raises `StoreError`."""
        self._settle(sequence + 1)
        try:
            with self._turn:
                if self._taken == self._log.next and size(self._folder / "log") > self.largest // 2:
                    self._log.skip(self._log.next)
            try:
                self._pledge.put(self._taken)
            finally:  # on a full disk this is what makes room
                forget(self._folder / "log", self._taken)
        except OSError as error:  # a full disk: it will be sent again after a restart, and known
            raise StoreError(f"`{self._folder}`: {(error.strerror or str(error)).lower()}") from error

    def set_aside(self, sequence: int, batch: bytes) -> Path:
        """Keep a batch that the service will never take, for a person to look at. Raises `StoreError`."""
        folder = self._folder / "refused"
        path = folder / f"{sequence:020d}.json.gz"
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
            kept = sorted(old for old in folder.iterdir() if _REFUSED.fullmatch(old.name) and not old.is_dir())
            for old in kept[: -_MOST_REFUSED + 1]:
                old.unlink()
            path.write_bytes(sealed(self._seal, path.name, batch))
        except OSError as error:
            raise StoreError(f"`{folder}`: {(error.strerror or str(error)).lower()}") from error
        except CryptoError as error:
            raise StoreError(f"`{folder}`: {error}") from error
        return path

    def close(self) -> None:
        """Release the folder."""
        self._lock.close()


def _touched(path: Path) -> int:
    """When a file was last written, or now where there is none."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return time.time_ns()


def _name(folder: Path) -> str:
    """What tells this spool from every other: numbers begin anew with a new one, and are unknown where the log is gone."""
    path = folder / "name"
    try:
        found = path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return _renamed(path)
    if holds(folder / "log") and _NAME.fullmatch(found):
        return found
    _LOG.error(
        "%s has lost its log or its name; what waited there may be lost, and it goes on under a new name", folder
    )
    return _renamed(path)


def _renamed(path: Path) -> str:
    name = secrets.token_hex(16)
    put_text(path, name)
    return name
