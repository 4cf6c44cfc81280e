"""The log on disk: records that only grow, and beside them what follows from them.

`records` holds each record with its length and CRC-32 before it; `hashes` the tree (`sentinel.audit.tree`); `index` where
each record ends. Several processes append: each takes the lock, reads what others added, and adds its own. What `append`
returned from is synchronised, one fdatasync for all that was given together; unless it was told that some milliseconds later
will do (`sentinel.audit.syncing`). Then a kill loses nothing either, and a power cut the last milliseconds.

Hashes and index follow from the records alone, octet by octet. So they need no synchronising: whoever opens the log works
them out anew from `mark` on, which says up to where they were synchronised. A kill can leave a record that is cut short: it
was promised to nobody. It is put aside, not deleted, for it might be what somebody else did to the log.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sentinel.audit.syncing import Syncing
from sentinel.audit.tree import HASH, Frontier, leaf_hash, place, stored
from sentinel.errors import AuditError
from sentinel.shipping.kept import put_text

HEAD = struct.Struct("<II")  # length, CRC-32
END = struct.Struct("<Q")
LONGEST = 1 << 16  # octets of a record
MARK_EVERY = 1 << 16  # records, after which hashes and index are synchronised
_CHUNK = 1 << 22  # octets read at once

Make = Callable[[int], bytes]
"""What makes the octets of a record that has this number."""


class Log:
    """A log, open for appending and reading. Threads and processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turn, self._marking = threading.RLock(), threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock, self._records, self._hashes, self._index = (
                os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                for name in ("lock", "records", "hashes", "index")
            )
            self.syncing = Syncing(self._records, self._mark_at_times)
            with self._alone():
                self._open()
        except (OSError, ValueError) as error:
            raise _broken(folder, error) from error

    def _open(self) -> None:
        """Begin where hashes and index were synchronised, and go on from there."""
        try:
            size, end = map(int, (self.folder / "mark").read_text(encoding="ascii").split())
        except FileNotFoundError:
            size, end = 0, 0
        self._tree, self._end, self._marked = Frontier(size, self.hash), end, size
        self._catch_up()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with self._turn:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)

    # appending

    def append(self, makes: Sequence[Make], *, later: bool = False) -> range:
        """Keep records, all of them or none, and give their numbers; raises `AuditError`. Synchronised now, or `later`."""
        self.syncing.check()
        try:
            with self._alone():
                self._catch_up()
                first = self._tree.size
                records = [make(number) for number, make in enumerate(makes, first)]
                if any(len(record) > LONGEST for record in records):
                    raise AuditError(f"a record has at most {LONGEST} octets")
                self._write(records)
            self.syncing.later()
        except OSError as error:
            raise _broken(self.folder, error) from error
        if not later:
            self.synchronise()
        return range(first, first + len(records))

    def synchronise(self) -> None:
        """Return when no power cut takes what was appended; raises `AuditError`, and then nothing is taken any more."""
        try:
            self.syncing.now()
            self._mark_at_times()
        except OSError as error:
            raise _broken(self.folder, error) from error

    def _write(self, records: Sequence[bytes]) -> None:
        octets = b"".join(HEAD.pack(len(each), zlib.crc32(each)) + each for each in records)
        before = self._tree.copy()
        try:
            self._account(records, _put)
            _put(self._records, octets, self._end - len(octets))
        except OSError:
            self._tree, self._end = before, self._end - len(octets)
            os.ftruncate(self._records, self._end)
            raise

    def _account(self, records: Sequence[bytes], put: Callable[[int, bytes, int], None]) -> None:
        """Work out what follows from records behind those that are known."""
        size, ends = self._tree.size, []
        for record in records:
            self._end += HEAD.size + len(record)
            ends.append(self._end)
        hashes = self._tree.extend(map(leaf_hash, records))
        put(self._hashes, hashes, stored(size) * HASH)
        put(self._index, b"".join(map(END.pack, ends)), size * END.size)

    def _put_missing(self, descriptor: int, octets: bytes, at: int) -> None:
        """Put what a kill or a power cut left out. What its writer put there stays, and has to be the same."""
        kept = os.pread(descriptor, len(octets), at)
        for start in range(0, len(kept), END.size):
            found, expected = kept[start : start + END.size], octets[start : start + END.size]
            if found != expected and any(found) and len(found) == END.size:
                raise AuditError(
                    f"`{self.folder}` holds a record that is not the one which was put there, behind the mark"
                )
        if kept != octets:
            _put(descriptor, octets, at)

    def _catch_up(self) -> None:
        """Read what others added; put aside what a kill cut short."""
        found = os.fstat(self._records).st_size
        if found < self._end:
            raise AuditError(f"`{self.folder}` has lost records: it ends after {found} octets, and held {self._end}")
        while self._end < found:
            octets = os.pread(self._records, _CHUNK, self._end)
            records = list(_whole(octets))
            if not records:
                self._put_aside(octets, found)
                break
            self._account(records, self._put_missing)

    def _put_aside(self, octets: bytes, found: int) -> None:
        aside = self.folder / f"cut-{self._tree.size}-{time.time_ns()}"
        aside.write_bytes(octets + os.pread(self._records, found, self._end + len(octets)))
        os.ftruncate(self._records, self._end)

    def _mark_at_times(self) -> None:
        if self._tree.size - self._marked >= MARK_EVERY:
            self._mark()

    def _mark(self) -> None:
        """Say up to where hashes and index are on disk, unless somebody else is just doing so. Others append meanwhile."""
        if not self._marking.acquire(blocking=False):
            return
        try:
            fcntl.flock(self._hashes, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._marking.release()
            return
        try:
            self._marked = self._marked_now()
        finally:
            fcntl.flock(self._hashes, fcntl.LOCK_UN)
            self._marking.release()

    def _marked_now(self) -> int:
        with self._alone():
            size, end = self._tree.size, self._end
        self.syncing.now()  # the mark says that they are there
        os.fdatasync(self._hashes)
        os.fdatasync(self._index)
        put_text(self.folder / "mark", f"{size} {end}")
        return size

    # reading

    def lasting(self) -> tuple[int, bytes]:
        """The size and the root of what no power cut takes away, for those who rely on it elsewhere; raises `AuditError`."""
        found = self.head()
        self.synchronise()
        return found

    def head(self) -> tuple[int, bytes]:
        """The size and the root, with all that other processes added."""
        try:
            with self._alone():
                self._catch_up()
                return self._tree.size, self._tree.root
        except OSError as error:
            raise _broken(self.folder, error) from error

    def hash(self, level: int, number: int) -> bytes:
        """The stored hash of a complete subtree, as `Get` for proofs; raises `AuditError`."""
        found = os.pread(self._hashes, HASH, place(level, number) * HASH)
        if len(found) < HASH:
            raise AuditError(f"`{self.folder}` has no hash of subtree {number} of level {level}")
        return found

    def records(self, first: int, end: int) -> list[bytes]:
        """The records from `first` up to before `end`, as they are stored; raises `AuditError` if one is damaged."""
        start = self._ends(first - 1, first)[0] if first else 0
        stop = self._ends(end - 1, end)[0] if end > first else start
        found = list(_whole(os.pread(self._records, stop - start, start)))
        if len(found) != end - first:
            raise AuditError(f"record {first + len(found)} of `{self.folder}` is damaged")
        return found

    def _ends(self, first: int, end: int) -> tuple[int, ...]:
        octets = os.pread(self._index, (end - first) * END.size, first * END.size)
        if len(octets) < (end - first) * END.size:
            raise AuditError(f"`{self.folder}` has no record {end - 1}")
        return struct.unpack(f"<{end - first}Q", octets)

    def close(self) -> None:
        """Synchronise what follows from the records, and let go of the files; whoever writes later is told so."""
        if self._lock < 0:
            return
        with contextlib.suppress(OSError, AuditError):  # what follows from the records can be worked out again
            self.syncing.close()
            self._mark()
        opened = (self._lock, self._records, self._hashes, self._index)
        self._lock = self._records = self._hashes = self._index = -1  # a number that was closed is soon another file's
        for descriptor in opened:
            os.close(descriptor)


def _whole(octets: bytes) -> Iterator[bytes]:
    """The whole records that octets begin with."""
    at = 0
    while at + HEAD.size <= len(octets):
        length, check = HEAD.unpack_from(octets, at)
        record = octets[at + HEAD.size : at + HEAD.size + length]
        if len(record) < length or length > LONGEST or zlib.crc32(record) != check:
            return
        at += HEAD.size + length
        yield record


def _put(descriptor: int, octets: bytes, at: int) -> None:
    view = memoryview(octets)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written


def _broken(folder: Path, error: Exception) -> AuditError:
    return AuditError(f"the audit log in `{folder}` cannot be used: {str(error).lower()}")
