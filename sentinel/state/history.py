"""Identity over time, on disk: who held an address, a tunnel, a SEID or a GUTI at any moment of the last thirty days.

An interval is what was held, from when to when (open while it lasts), and all that was known of the holder. The worker
writes, once a second and in one transaction; the doors read. Writing the same change twice leaves one interval, so that
events which are read again after a kill do no harm.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sentinel.errors import CryptoError, StoreError
from sentinel.model.event import Value
from sentinel.model.personal import mentioned
from sentinel.store.codec import thaw
from sentinel.store.identifiers import IDENTIFY, Identifiers
from sentinel.store.sealing import Clear, Originals, Sealing, restored

if TYPE_CHECKING:
    from sentinel.state.contexts import UeContext
    from sentinel.state.sessions import Session

_LOG = logging.getLogger(__name__)
KINDS = ("address", "teid", "seid", "guti", "context")
DAYS = 30
_DAY = 24 * 3600 * 10**9
_MOST = 50_000  # changes that wait; then they are written at once
_PASS = 1000  # rows deleted in one go
_SHOWN = 64
_CLEAR = Clear()
_SCHEMA = """
CREATE TABLE IF NOT EXISTS held (
  kind TEXT NOT NULL, key TEXT NOT NULL, since INTEGER NOT NULL, holder TEXT NOT NULL, until INTEGER,
  supi TEXT NOT NULL, facts BLOB NOT NULL, PRIMARY KEY (kind, key, since, holder)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identifiers (pseudonym TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS held_supi ON held (supi, since) WHERE supi <> '';
CREATE INDEX IF NOT EXISTS held_until ON held (until) WHERE until IS NOT NULL;
"""
_HOLD = (
    "INSERT INTO held (kind, key, since, holder, supi, facts) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET supi = excluded.supi, facts = excluded.facts"
)
_SUCCEED = "UPDATE held SET until = ?3 WHERE kind = ?1 AND key = ?2 AND since < ?3 AND until IS NULL AND holder <> ?4"
_RELEASE = "UPDATE held SET until = ?4 WHERE kind = ?1 AND key = ?2 AND holder = ?3 AND until IS NULL AND since <= ?4"
_COLUMNS = "SELECT kind, key, since, until, holder, facts FROM held"

_OF_SUPI = "WHERE supi IN ({}) AND supi <> '' AND since < ?"
_HOLDINGS = f"{_COLUMNS} {_OF_SUPI} AND (until IS NULL OR until >= ?) ORDER BY since DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class Held:
    """An interval; `until` is none while it lasts, or where its end was not seen."""

    kind: str
    key: str
    since: int
    until: int | None
    holder: str
    facts: Mapping[str, Value]


class History:
    """A `Ledger` in one SQLite file; the worker writes, anybody may ask. Identifiers stand there as `sealing` has them."""

    def __init__(self, path: Path, days: int = DAYS, sealing: Sealing = _CLEAR) -> None:
        self._days = days
        self._sealing, self._identifiers = sealing, Identifiers(sealing)
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, tuple[Any, ...]]] = []
        self._swept = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _begun(path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"`{path}` cannot keep the history of identities: {error}") from error

    def hold(
        self, kind: str, key: str, since: int, holder: str, facts: Mapping[str, Value], *, shared: bool = False
    ) -> None:
        """See `Ledger.hold`."""
        hidden, originals = self._sealing.hide(facts)
        holder = self._named(holder)
        if not shared:
            self._waiting.append((_SUCCEED, (kind, key, since, holder)))
        supi = str(hidden.get("fiveg.supi", ""))
        self._waiting.append((_HOLD, (kind, key, since, holder, supi, orjson.dumps(dict(hidden)))))
        fresh = self._identifiers.sealed(originals)
        self._waiting += [(IDENTIFY, row) for row in fresh]
        self._identifiers.stored(fresh)  # what waits is written, or tried again

    def release(self, kind: str, key: str, holder: str, until: int) -> None:
        """See `Ledger.release`."""
        self._waiting.append((_RELEASE, (kind, key, self._named(holder), until)))

    def changed(self, what: Session | UeContext) -> None:
        """See `Ledger.changed`: what is so now is kept by others."""

    def _named(self, holder: str) -> str:
        """A holder that is a terminal by its pseudonym; its facts keep what that stands for."""
        return str(self._sealing.hide({"fiveg.ue_ip.holder": holder})[0]["fiveg.ue_ip.holder"])

    @property
    def full(self) -> bool:
        """So many changes wait that they are to be written now."""
        return len(self._waiting) >= _MOST

    def flush(self, now: int) -> None:
        """Write what waits; once an hour of packet time forget what ended more than the days of history ago."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            try:
                self._write(waiting)
                if abs(now - self._swept) > _DAY // 24:
                    self._swept = now
                    self._forget(now - self._days * _DAY)
            except sqlite3.Error as error:
                self._waiting = (waiting + self._waiting)[-10 * _MOST :]
                raise StoreError(f"the history of identities cannot be written: {error}") from error

    def _write(self, waiting: list[tuple[str, tuple[Any, ...]]]) -> None:
        if not waiting:
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in waiting:
                self._connection.execute(statement, values)
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            self._connection.execute("ROLLBACK")
            raise

    def _forget(self, before: int) -> None:
        while True:
            found = self._connection.execute(
                "SELECT kind, key, since, holder FROM held WHERE until < ? LIMIT ?", (before, _PASS)
            ).fetchall()
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "DELETE FROM held WHERE kind = ? AND key = ? AND since = ? AND holder = ?", found
            )
            self._connection.execute("COMMIT")
            if len(found) < _PASS:
                return

    def holders(self, kind: str, key: str, at: int) -> list[Held]:
        """Who held `key` at that moment, the latest first; several where they had it at once."""
        return self._ask(
            f"{_COLUMNS} WHERE kind = ? AND key = ? AND since <= ? AND (until IS NULL OR until > ?) "
            "ORDER BY since DESC LIMIT ?",
            (kind, key, at, at, _SHOWN),
        )

    def holdings(self, supi: str, since: int, until: int, most: int = _SHOWN) -> list[Held]:
        """All that a terminal held in a span, the latest first, and no more than `most`; it may be named by a pseudonym too."""
        names = [supi, *self._sealing.pseudonyms(supi, "fiveg.supi")]
        marks = ", ".join("?" * len(names))  # a list in JSON would take half of the time
        return self._ask(_HOLDINGS.format(marks), (*names, until, since, most))

    def _ask(self, query: str, values: tuple[str | int, ...]) -> list[Held]:
        try:
            with self._lock:
                rows = self._connection.execute(query, values).fetchall()
                originals = self._originals(rows)
        except (sqlite3.Error, CryptoError) as error:
            raise StoreError(f"the history of identities cannot be read: {error}") from error
        return [
            Held(kind, key, since, ended, holder, restored(thaw(orjson.loads(facts)), originals))
            for kind, key, since, ended, holder, facts in rows
        ]

    def _originals(self, rows: list[tuple[Any, ...]]) -> Originals:
        """What the pseudonyms in facts stand for; who asks here decides on access, and shows it to nobody."""
        named = {name for *_, facts in rows for name in mentioned(bytes(facts).decode())} if self._sealing.on else set()
        return self._identifiers.originals(self._connection, named) if named else {}

    def count(self) -> int:
        """Intervals kept."""
        return int(self._connection.execute("SELECT count(*) FROM held").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begun(path: Path) -> sqlite3.Connection:
    """The database; one that is damaged is put aside and begun anew, by whichever process comes first."""
    with contextlib.suppress(sqlite3.DatabaseError):
        return _connected(path)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return _connected(path)  # the other one has begun it anew, or it was only busy
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
            _LOG.error(
                "`%s` is damaged (%s), and put aside as `%s`; who held what before is not known", path, error, aside
            )
            path.rename(aside)
            for rest in ("-wal", "-shm"):
                path.with_name(path.name + rest).unlink(missing_ok=True)
            return _connected(path)
