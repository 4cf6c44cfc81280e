"""The audit log as one thing: acts go in, records with their proofs come out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import orjson

from sentinel.audit import tree
from sentinel.audit.checkpoint import only
from sentinel.audit.export import exported, selected
from sentinel.audit.heads import Heads
from sentinel.audit.log import Log
from sentinel.audit.record import Pseudonymise, Record, decode
from sentinel.audit.recorder import Recorder
from sentinel.audit.standalone import SILENCE, Note
from sentinel.errors import AuditError, ConflictError, ProofError
from sentinel.model.audit import Act, Action

_AT_ONCE = 2048  # records looked at together
BUDGET = 1.5  # seconds of a search, after which it goes on with the next page


class State(StrEnum):
    """How far a record is proven."""

    PROVEN = "proven"  # under the last checkpoint
    WAITING = "waiting"  # for the next one
    BROKEN = "broken"  # not under the checkpoint that covers it


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: those whose actor and target hold these texts, of this action, of this time."""

    actor: str = ""
    action: str = ""
    target: str = ""
    since: int | None = None
    until: int | None = None

    def takes(self, record: Record) -> bool:
        """Whether a record is wanted. Heartbeats are where they are asked for."""
        if record.action != (self.action or record.action) or (not self.action and record.action == Action.HEARTBEAT):
            return False
        return (
            self.actor in record.actor
            and self.target in record.target
            and (self.since is None or record.time >= self.since)
            and (self.until is None or record.time < self.until)
        )

    @property
    def told(self) -> str:
        """What is asked for, for the record; empty where it is nothing in particular."""
        asked = (("actor", self.actor), ("action", self.action), ("target", self.target),
                 ("since", self.since), ("until", self.until))  # fmt: skip
        return " ".join(f"{name}={value}" for name, value in asked if value not in ("", None))

    def needles(self) -> list[bytes]:
        """Octets without which no record can be wanted."""
        return [orjson.dumps(text)[1:-1] for text in (self.actor, self.action, self.target) if text]


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, as it is stored and as it is read, and how far it is proven."""

    record: Record
    octets: bytes
    state: State


@dataclass(frozen=True, slots=True)
class Listed:
    """Entries, the newest first; `before` is where older ones go on, and `partial` says that the search ran out of time."""

    entries: Sequence[Entry]
    before: int | None
    partial: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """That a record is in the log: its leaf, the hashes up to the root, and the checkpoint that has the root."""

    entry: Entry
    leaf: bytes
    path: Sequence[bytes]
    note: Note | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the keeper last said of the log; `silent` if that is too long ago."""

    good: bool
    size: int
    time: int
    trouble: str
    trouble_zh: str
    silent: bool


class Ledger:
    """An `Auditor` over the log in a folder, and what can be read of it."""

    def __init__(self, folder: Path) -> None:
        self.log = Log(folder)
        self.heads = Heads(folder)
        self._recorder = Recorder(self.log)
        self._said = folder / "verified"

    def pseudonymise_by(self, pseudonymise: Pseudonymise) -> None:
        """From now on write pseudonyms: the keys for them lie in what this log records the changes of."""
        self._recorder.pseudonymise = pseudonymise

    def record(self, *acts: Act) -> None:
        """See `Auditor.record`."""
        self._recorder.record(*acts)

    def write(self, *acts: Act) -> None:
        """See `Auditor.write`."""
        self._recorder.write(*acts)

    def page(self, wanted: Wanted, limit: int, before: int | None = None) -> Listed:
        """The newest entries that are wanted, of those before a number."""
        size, note, until = self.log.head()[0], self.heads.last(), time.monotonic() + BUDGET
        end = size if before is None else max(0, min(before, size))
        found: list[Entry] = []
        while end and len(found) < limit and time.monotonic() < until:
            start = max(0, end - _AT_ONCE)
            for octets, record in self._backwards(start, end, wanted):
                end = record.number
                found.append(self._entry(octets, record, note))
                if len(found) == limit:
                    break
            else:
                end = start
        return Listed(found, end or None, partial=bool(end) and len(found) < limit)

    def _backwards(self, start: int, end: int, wanted: Wanted) -> Iterator[tuple[bytes, Record]]:
        records = self.log.records(start, end)
        needles = wanted.needles()
        if all(any(needle in octets for octets in records) for needle in needles):
            for octets in reversed(records):
                if all(needle in octets for needle in needles) and wanted.takes(record := decode(octets)):
                    yield octets, record

    def _entry(self, octets: bytes, record: Record, note: Note | None) -> Entry:
        if note is None or record.number >= note.size:
            return Entry(record, octets, State.WAITING)
        path = tree.inclusion(self.log.hash, record.number, note.size)
        try:
            tree.verify_inclusion(tree.leaf_hash(octets), record.number, note.size, path, note.root)
        except ProofError:
            return Entry(record, octets, State.BROKEN)
        return Entry(record, octets, State.PROVEN)

    def proof(self, number: int) -> Proof:
        """One record and its proof; raises `AuditError` if there is none of this number."""
        if not 0 <= number < self.log.head()[0]:
            raise AuditError(f"there is no record {number}")
        [octets] = self.log.records(number, number + 1)
        note = self.heads.last()
        covered = note is not None and number < note.size
        path = tree.inclusion(self.log.hash, number, note.size) if note is not None and covered else ()
        return Proof(self._entry(octets, decode(octets), note), tree.leaf_hash(octets), path, note if covered else None)

    def consistency(self, first: int, second: int) -> Sequence[bytes]:
        """The proof that the log of `first` records begins that of `second`; raises `ProofError`."""
        if second > self.log.head()[0]:
            raise ProofError(f"the log does not hold {second} records")
        return tree.consistency(self.log.hash, first, second)

    def cosigned(self, text: str, witness: str) -> None:
        """Keep what a witness of this name cosigned: the last checkpoint, once; raises `AuditError` or `ConflictError`."""
        note, last = only(text), self.heads.last()
        if last is None or note.text != last.text:
            raise ConflictError("this is not the last checkpoint of the log")
        if [name for name, _ in note.signatures] != [last.signatures[0][0], witness]:
            raise AuditError(f"expected the log's signature and one of `{witness}`")
        if witness not in {name for name, _ in last.signatures}:
            self.heads.add(note)

    def verdict(self) -> Verdict:
        """What the keeper last said."""
        said: dict[str, object] = {}
        with contextlib.suppress(FileNotFoundError, orjson.JSONDecodeError):
            said = orjson.loads(self._said.read_bytes())
        note, told = self.heads.last(), int(str(said.get("size", 0)))
        when = int(str(said.get("time", 0)))
        silent = time.time_ns() - when > SILENCE * 1_000_000_000
        trouble, chinese = str(said.get("trouble", "")), str(said.get("trouble_zh", ""))
        size = note.size if note else 0
        good = bool(said.get("good")) and note is not None and size >= told  # what was signed is still there
        return Verdict(good, size, when, trouble, chinese, silent=silent)

    def export(self) -> Iterator[bytes]:
        """The log as a file for auditors, as it is now."""
        checkpoints = self.heads.text()  # before the size: none of them may cover more
        return exported(self.log, self.log.head()[0], checkpoints)

    def selection(self, wanted: Wanted) -> Iterator[bytes]:
        """What is wanted of the records that are signed, each with its proof; raises `AuditError` if none is signed yet."""
        note = self.heads.last()
        if note is None:
            raise AuditError("nothing of the log is signed yet, and so nothing can be proven; expected a checkpoint")
        return selected(self.log, self._forwards(wanted, note.size), note, self.heads.handovers)

    def _forwards(self, wanted: Wanted, size: int) -> Iterator[tuple[int, bytes]]:
        needles = wanted.needles()
        for start in range(0, size, _AT_ONCE):
            for number, octets in enumerate(self.log.records(start, min(start + _AT_ONCE, size)), start):
                if all(needle in octets for needle in needles) and wanted.takes(decode(octets)):
                    yield number, octets

    def close(self) -> None:
        """Let go of the log."""
        self.log.close()
