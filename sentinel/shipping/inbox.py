"""The inbox of a service: batches that collectors sent, until the worker has read them.

`<collector>/<spool>/` is a log whose sequence numbers are those of the collector's spool. So what came twice is known by
its number, and the number is kept by what keeps the batch. The door appends, the worker reads and deletes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path

from sentinel.errors import IngestError, StoreError
from sentinel.shipping.log import Log, LogReader, forget, get_number, put_number, size

LARGEST = 4 << 30  # octets that may wait for the worker; then collectors have to keep theirs
_MOST_SPOOLS = 100  # of one collector
_SPOOL = re.compile(r"[0-9a-f]{32}")


class Inbox:
    """Where the door puts batches."""

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        self._folder, self._largest = folder, largest
        self._logs: dict[tuple[str, str], Log] = {}
        self._lock = threading.Lock()

    def accept(self, collector: str, spool: str, sequence: int, batch: bytes) -> bool:
        """Keep a batch, synchronised; false if it is there already. Raises `IngestError` or `StoreError`."""
        with self._lock:
            log = self._log(collector, spool, sequence)
            if sequence < log.next:
                return False
            if size(self._folder) + len(batch) > self._largest:
                raise StoreError("the inbox is full; the worker has to read it first")
            if sequence > log.next:
                log.skip(sequence)
            log.append([batch])
            return True

    def _log(self, collector: str, spool: str, sequence: int) -> Log:
        found = self._logs.get((collector, spool))
        if found is not None:
            return found
        if not _SPOOL.fullmatch(spool) or not 0 < sequence < 2**62:
            raise IngestError("a batch has the name of its spool and its number there")
        folder = self._folder / collector / spool
        if not folder.exists() and folder.parent.exists() and len(list(folder.parent.iterdir())) >= _MOST_SPOOLS:
            raise IngestError(f"the collector has had {_MOST_SPOOLS} spools; remove old ones from `{folder.parent}`")
        return self._logs.setdefault((collector, spool), Log(folder, first=sequence))


class Box:
    """One spool's part of the inbox, as the worker reads it."""

    def __init__(self, folder: Path) -> None:
        self.collector, self.spool = folder.parent.name, folder.name
        self.missing = 0  # batches between the one that was read last and the one before it
        self._folder = folder
        self._next = get_number(
            folder / "position", 0
        )  # 0: a spool may begin anywhere, it may have had another service
        self._reader = LogReader(folder, self._next or 1)

    def read(self) -> tuple[int, bytes] | None:
        """The next batch and its number."""
        read = self._reader.read()
        if read is not None:
            self.missing = max(0, read[0] - self._next) if self._next else 0
            self._next = read[0] + 1
        return read

    def confirm(self, sequence: int) -> None:
        """Everything up to this batch is in the store."""
        try:
            put_number(self._folder / "position", sequence + 1)
            forget(self._folder, sequence + 1)
        except OSError as error:
            raise StoreError(f"`{self._folder}`: {(error.strerror or str(error)).lower()}") from error


def boxes(folder: Path, known: dict[Path, Box]) -> Sequence[Box]:
    """A box for each spool there is; those in `known` are kept, and new ones added."""
    for path in sorted(folder.glob("*/*")):
        if path not in known and path.is_dir():
            known[path] = Box(path)
    return list(known.values())
