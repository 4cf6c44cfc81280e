"""The log of facts in one SQLite file that worker and door share: ordered, durable, and woken up.

A fact replaces the one before with its kind and key, and takes the next number: so the log holds what is so now, and who
reads it from the beginning knows it all; who reads on from a number may miss what was so in between, never what is so.
What is over is kept for a while, so that everybody hears of it. Whoever waits has a named pipe beside the file, into
which an octet falls when something was told.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import sqlite3
import stat
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from sentinel.errors import ConflictError, CryptoError, SealError, StoreError
from sentinel.model.event import Value
from sentinel.model.facts import Kind, Told
from sentinel.store.codec import thaw
from sentinel.store.sealing import Clear, Sealing

KEPT = 24 * 3600 * 10**9  # ns for which what is over is still told
_CLEAR = Clear()
_AT_ONCE = 5000
_TABLE = "facts"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, time INTEGER NOT NULL,
  over INTEGER NOT NULL, body BLOB NOT NULL, sealed INTEGER NOT NULL, UNIQUE (kind, key)
);
CREATE INDEX IF NOT EXISTS facts_over ON facts (time) WHERE over;
CREATE TABLE IF NOT EXISTS readers (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""
_TELL = "INSERT OR REPLACE INTO facts (kind, key, time, over, body, sealed) VALUES (?, ?, ?, ?, ?, ?)"
_READ = "SELECT number, kind, key, time, over, body, sealed FROM facts WHERE number > ?"
_names = itertools.count()


class FactLog:
    """Safe to use from several threads and processes; what it holds is sealed where the stores are."""

    def __init__(self, path: Path, sealing: Sealing = _CLEAR) -> None:
        self._path, self._sealing = path, sealing
        self._pipes = path.with_name(f"{path.name}.wake")
        self._lock = threading.Lock()
        try:
            self._pipes.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"`{path}` cannot hold the log of facts: {error}") from error

    def tell(self, facts: Sequence[Told]) -> None:
        """Add facts, all or none, and wake who waits; raises `StoreError`."""
        if facts:
            rows = [self._row(fact) for fact in facts]
            with self._transaction() as connection:
                connection.executemany(_TELL, rows)
            self._wake()

    def decide(self, fact: Told) -> Told:
        """Put what a person decided in the place of what they saw (`number`); it outlives even a loss of power.

        Answers the fact with its number; raises `ConflictError` where somebody else was faster.
        """
        row = self._row(fact)
        with self._transaction("FULL") as connection:
            seen = connection.execute("SELECT number FROM facts WHERE kind = ? AND key = ?", row[:2]).fetchone()
            if (seen[0] if seen else 0) != fact.number:
                raise ConflictError(f"`{fact.key}` was changed meanwhile; look again")
            number = connection.execute(_TELL, row).lastrowid or 0
        self._wake()
        return replace(fact, number=number)

    def get(self, kind: Kind, key: str) -> Told | None:
        """What is said under a key."""
        with self._lock, _translated():
            row = self._connection.execute(f"{_READ} AND kind = ? AND key = ?", (0, kind.value, key)).fetchone()
        with _translated():
            return self._told(row) if row else None

    def _row(self, fact: Told) -> tuple[Any, ...]:
        body = orjson.dumps(dict(fact.fields))
        on = self._sealing.on
        with _translated():
            stored = self._sealing.seal(_TABLE, _place(fact.kind, fact.key, fact.time, fact.over), body) if on else body
        return fact.kind.value, fact.key, fact.time, fact.over, stored, on

    def after(self, number: int, kinds: Sequence[Kind] = (), most: int = _AT_ONCE) -> list[Told]:
        """What was told after a number, of these kinds (of any, if none is named), in order."""
        kinds = kinds or tuple(Kind)  # what another version tells is not for us
        marks = ", ".join("?" * len(kinds))
        wanted = f" AND +kind IN ({marks})"  # by number, not by kind, of which there may be hundreds of thousands
        with self._lock, _translated():
            rows = self._connection.execute(
                f"{_READ}{wanted} ORDER BY number LIMIT ?", (number, *(kind.value for kind in kinds), most)
            ).fetchall()
        with _translated():
            return [self._told(row) for row in rows]

    def _told(self, row: tuple[Any, ...]) -> Told:
        number, kind, key, time, over, body, sealed = row
        try:
            if self._sealing.on and not sealed:
                raise SealError("a fact that is not sealed was put where all are")
            plain = self._sealing.open(_TABLE, _place(kind, key, time, over), body) if sealed else body
        except CryptoError:
            if not self._sealing.on:
                raise
            return Told(Kind(kind), key, time, number=number, damaged=True)
        return Told(Kind(kind), key, time, _fields(plain), bool(over), number)

    @property
    def last(self) -> int:
        """The highest number that was ever given."""
        with self._lock, _translated():
            row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'facts'").fetchone()
        return int(row[0]) if row else 0

    def forget(self, now: int) -> None:
        """Drop what has been over for long."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM facts WHERE over AND time < ?", (now - KEPT,))

    def mark(self, reader: str, number: int) -> None:
        """This reader has taken all up to a number."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO readers VALUES (?, ?)", (reader, number))

    def marked(self, reader: str) -> int:
        """How far this reader was."""
        with self._lock, _translated():
            row = self._connection.execute("SELECT number FROM readers WHERE name = ?", (reader,)).fetchone()
        return int(row[0]) if row else 0

    @contextlib.contextmanager
    def _transaction(self, synchronous: str = "NORMAL") -> Iterator[sqlite3.Connection]:
        with self._lock, _translated():
            self._connection.execute(f"PRAGMA synchronous = {synchronous}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _wake(self) -> None:
        for pipe in self._pipes.glob("[!.]*"):
            try:
                descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                pipe.unlink(missing_ok=True)  # who waited there is gone
                continue
            with contextlib.suppress(BlockingIOError):  # it has enough to wake up for
                os.write(descriptor, b".")
            os.close(descriptor)

    def bell(self) -> Bell:
        """What rings when something was told."""
        return Bell(self._pipes / f"{os.getpid()}-{next(_names)}")

    def close(self) -> None:
        """Close the file; who uses it still is told that it is closed."""
        with self._lock:
            self._connection.close()


class Bell:
    """Rings when something was told since it last rang."""

    def __init__(self, pipe: Path) -> None:
        self._pipe = pipe
        try:
            made = pipe.with_name(f".{pipe.name}")  # nobody rings before somebody hears
            made.unlink(missing_ok=True)
            os.mkfifo(made, stat.S_IRUSR | stat.S_IWUSR)
            opened = os.open(made, os.O_RDWR | os.O_NONBLOCK)  # for writing too: nobody's end is its end
            self._hearing = os.fdopen(opened, "r+b", buffering=0)
            made.rename(pipe)
        except OSError as error:
            raise StoreError(f"`{pipe}` cannot be waited at: {error.strerror}") from error

    def wait(self, seconds: float) -> bool:
        """Until something was told, at most so long; whether it was."""
        waiting = select.poll()  # not `select`, which ends at the 1024th descriptor of a process
        waiting.register(self._hearing, select.POLLIN)
        ready = waiting.poll(seconds * 1000)
        if ready:
            self._hearing.read(65536)
        return bool(ready)

    def close(self) -> None:
        """Hear no more."""
        self._pipe.unlink(missing_ok=True)
        self._hearing.close()


def _place(kind: str, key: str, time: int, over: object) -> str:
    """What a sealed fact is bound to: whatever stands beside it in its row, but its number."""
    return f"{kind}/{key}/{time}/{int(bool(over))}"


def _fields(plain: bytes) -> dict[str, Value]:
    """What is said; nothing where a row is damaged, which whoever takes the fact then misses, and the next is read."""
    try:
        return thaw(orjson.loads(plain))
    except (ValueError, TypeError, AttributeError):
        return {}


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, CryptoError) as error:
        raise StoreError(f"the log of facts cannot be used: {error}") from error
