"""The table of identifiers beside documents in SQLite: what each pseudonym stands for, sealed, once for each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from sentinel.errors import CryptoError, StoreError
from sentinel.store.sealing import Originals, Sealing

IDENTIFY = "INSERT OR IGNORE INTO identifiers (pseudonym, sealed) VALUES (?, ?)"
_TABLE = "identifiers"
_KNOWN = 1 << 20  # pseudonyms that are remembered as stored
_AT_ONCE = 500

Rows = Sequence[tuple[str, bytes]]


class Identifiers:
    """Seals what is new, opens what is asked for; erasing a row erases the person from all documents."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._known: dict[str, str] = {}

    def sealed(self, originals: Originals) -> Rows:
        """Rows to store for those that are not known to be stored."""
        return [
            (pseudonym, self._sealing.seal(_TABLE, pseudonym, original.encode()))
            for pseudonym, original in originals.items()
            if pseudonym not in self._known
        ]

    def stored(self, rows: Rows) -> None:
        """These rows are on the disk now."""
        if len(self._known) > _KNOWN:
            self._known.clear()
        self._known.update((pseudonym, "") for pseudonym, _ in rows)

    def originals(self, connection: sqlite3.Connection, pseudonyms: Iterable[str]) -> Originals:
        """What these stand for, as far as it is there; raises `SealError` or `CryptoError` where it does not open."""
        wanted, found = list(pseudonyms), dict[str, str]()
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            sql = f"SELECT pseudonym, sealed FROM identifiers WHERE pseudonym IN ({marks})"  # noqa: S608  # marks alone
            for pseudonym, sealed in connection.execute(sql, some):
                found[pseudonym] = self._sealing.open(_TABLE, pseudonym, sealed).decode()
        return found


def any_sealed(path: Path) -> bool:
    """Whether a store hides anybody; raises `StoreError`."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            return connection.execute("SELECT 1 FROM identifiers LIMIT 1").fetchone() is not None
    except sqlite3.Error as error:
        raise StoreError(f"`{path}` cannot be read: {error}") from error


def reseal(path: Path, sealing: Sealing) -> int:
    """Seal all anew with the key that is active; how many there are. Raises `StoreError`, and then nothing changed."""
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
            rows = connection.execute("SELECT pseudonym, sealed FROM identifiers").fetchall()
            plain = [(pseudonym, sealing.open(_TABLE, pseudonym, sealed)) for pseudonym, sealed in rows]
            anew = [(sealing.seal(_TABLE, pseudonym, original), pseudonym) for pseudonym, original in plain]
            connection.executemany("UPDATE identifiers SET sealed = ? WHERE pseudonym = ?", anew)
    except (sqlite3.Error, CryptoError) as error:
        raise StoreError(f"`{path}` cannot be sealed anew: {error}") from error
    return len(rows)
