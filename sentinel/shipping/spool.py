"""The spool of a collector: batches that the service has not yet taken, in order, within a bound."""

from __future__ import annotations

import fcntl
import re
import secrets
import threading
from collections.abc import Sequence
from pathlib import Path

from sentinel.errors import ConfigError, StoreError
from sentinel.shipping.log import Log, LogReader, forget, get_number, put_number, put_text, size

_NAME = re.compile(r"[0-9a-f]{32}")
_MOST_REFUSED = 100  # batches that are kept for a person to look at; the oldest go


class Spool:
    """A folder that one collector holds. A thread appends, another reads and confirms."""

    def __init__(self, folder: Path, largest: int) -> None:
        """`largest` is how many octets may wait; raises `ConfigError` where the folder cannot be used."""
        self._folder, self.largest = folder, largest
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (folder / "lock").open("w")
        except OSError as error:
            raise ConfigError(f"`{folder}` cannot hold the spool: {(error.strerror or str(error)).lower()}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise ConfigError(f"`{folder}` is in use by another collector; choose another with --spool") from None
        try:
            self.name = _name(folder / "name")
        except OSError as error:
            self._lock.close()
            raise ConfigError(f"`{folder}` cannot hold the spool: {(error.strerror or str(error)).lower()}") from error
        taken = get_number(folder / "taken", 1)  # also where the log was lost: no number is used twice
        self._log = Log(folder / "log", taken, min(16 << 20, max(1 << 16, largest // 8)))
        taken = max(min(taken, self._log.next), self._log.first)
        self._reader = LogReader(folder / "log", taken)
        self._taken = taken
        self._turn = threading.Lock()  # the log has one writer at a time: what appends, or what begins a segment

    @property
    def waiting(self) -> int:
        """Batches that the service has not taken."""
        return self._log.next - self._taken

    @property
    def octets(self) -> int:
        """Octets on disk."""
        return size(self._folder / "log")

    def append(self, batches: Sequence[bytes]) -> bool:
        """Keep batches, synchronised; false, and nothing kept, where the spool is full. Raises `StoreError`."""
        if size(self._folder / "log") + sum(map(len, batches)) > self.largest:
            return False
        with self._turn:
            self._log.append(batches)
        return True

    def read(self) -> tuple[int, bytes] | None:
        """The next batch to be sent and its number; none if all were given."""
        return self._reader.read()

    def confirm(self, sequence: int) -> None:
        """The service has everything up to this batch. Raises `StoreError`."""
        self._taken = sequence + 1
        try:
            with self._turn:
                if self._taken == self._log.next and size(self._folder / "log") > self.largest // 2:
                    self._log.skip(self._log.next)
            forget(self._folder / "log", self._taken)  # first: on a full disk it makes room for the number
            put_number(self._folder / "taken", self._taken)
        except OSError as error:  # a full disk: it will be sent again after a restart, and known
            raise StoreError(f"`{self._folder}`: {(error.strerror or str(error)).lower()}") from error

    def set_aside(self, sequence: int, batch: bytes) -> Path:
        """Keep a batch that the service will never take, for a person to look at. Raises `StoreError`."""
        folder = self._folder / "refused"
        path = folder / f"{sequence:020d}.json.gz"
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
            for old in sorted(folder.iterdir())[: -_MOST_REFUSED + 1]:
                old.unlink()
            path.write_bytes(batch)
        except OSError as error:
            raise StoreError(f"`{folder}`: {(error.strerror or str(error)).lower()}") from error
        return path

    def close(self) -> None:
        """Release the folder."""
        self._lock.close()


def _name(path: Path) -> str:
    """What tells this spool from every other: sequence numbers begin anew with a new one."""
    found = path.read_text(encoding="ascii", errors="replace").strip() if path.exists() else ""
    if not _NAME.fullmatch(found):  # none yet, or one that a power cut left empty: the service would refuse it
        found = secrets.token_hex(16)
        put_text(path, found)
    return found
