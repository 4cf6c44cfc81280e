"""A log with forty records and checkpoints after 7, 20 and 33 of them, and its key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sentinel.audit import checkpoint
from sentinel.audit.checkpoint import Signer
from sentinel.audit.export import exported, selected
from sentinel.audit.log import Log, Make
from sentinel.audit.record import encode
from sentinel.audit.standalone import notes_of
from sentinel.crypto.suite import suite
from sentinel.model.audit import Act, Action

NOW = 1_790_000_000_000_000_000
SIZES = (7, 20, 33)
COUNT = 40


def a_record(number: int, who: str = "anna") -> bytes:
    """A record of a person who reads an alert's packets."""
    return encode(number, NOW + number * 1_000_000_000, Act(Action.PACKETS_READ, who, f"alert-{number}"))


@dataclass(frozen=True)
class Signed:
    """A log in a folder, and who signs it."""

    folder: Path
    signer: Signer

    @property
    def key(self) -> str:
        """The public key, as it is handed over."""
        return self.signer.line

    @property
    def notes(self) -> list[str]:
        """The checkpoints."""
        return [note.raw for note in notes_of((self.folder / "checkpoints").read_text("utf-8"))]

    def export(self, path: Path) -> Path:
        """The log as a file."""
        log = Log(self.folder)
        octets = b"".join(exported(log, log.head()[0], (self.folder / "checkpoints").read_text("utf-8")))
        log.close()
        path.write_bytes(octets)
        return path

    def select(self, path: Path, *numbers: int) -> Path:
        """These records as a file, with their proofs under the last checkpoint."""
        log = Log(self.folder)
        found = [(number, log.records(number, number + 1)[0]) for number in numbers]
        path.write_bytes(b"".join(selected(log, found, notes_of(self.notes[-1])[0])))
        log.close()
        return path


Sign = Callable[..., Signed]


@pytest.fixture(scope="session")
def signer() -> Signer:
    """A key that signs a log."""
    return checkpoint.log_signer("sentinel-audit/test", suite().active.sm2_keygen())


@pytest.fixture
def sign(tmp_path: Path, signer: Signer) -> Sign:
    """Makes a signed log in a folder of this name; `who` acts in it, from record `since` on."""

    def made(
        name: str = "audit", who: str = "anna", since: int = 0, sizes: Sequence[int] = SIZES, key: Signer = signer
    ) -> Signed:
        log, notes = Log(tmp_path / name), ""
        for number in range(COUNT):
            make: Make = lambda number: a_record(number, who if number >= since else "anna")  # noqa: E731
            log.append([make])
            if number + 1 in sizes:
                notes += checkpoint.signed(key, *log.head(), NOW + number * 1_000_000_000).raw
        log.close()
        (log.folder / "checkpoints").write_text(notes, "utf-8")
        (log.folder / "public").write_text(f"{key.line}\n", "utf-8")
        return Signed(log.folder, key)

    return made
