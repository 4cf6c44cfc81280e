"""Packets that lie on collectors: who asked for which, and what came. Kept in a folder, within bounds.

`<collector>/<id>.json` is a question, `<id>.pcapng` its answer. An id begins with its alert, so that an alert that grew and
was asked about again keeps what came before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import orjson

from sentinel.crypto.digest import digest_sha256
from sentinel.errors import CryptoError, EvidenceError, IngestError
from sentinel.evidence.ring import Packet
from sentinel.evidence.wanted import Wanted, check, is_id, read
from sentinel.model.capture import records
from sentinel.model.seal import UNSEALED, Seal, opened, sealed

LATE = 600_000_000_000  # nanoseconds after which nobody waits for an answer
AT_ONCE = 2  # questions that a collector is told at once
MOST = 500  # questions that are kept, with their answers; the oldest go
OLDEST = 7 * 86_400 * 1_000_000_000  # nanoseconds


class State(StrEnum):
    """What became of a question."""

    WAITING = "waiting"
    LATE = "late"
    CAME = "came"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a collector. Once it came: `packets` of them, of a file with this digest."""

    collector: str
    wanted: Wanted
    alert: str
    by: str
    asked: int
    state: State
    packets: int = 0
    more: bool = False
    sha256: str = ""


class Requests:
    """The questions of one service; without a folder, none."""

    def __init__(
        self, folder: Path | None = None, clock: Callable[[], int] = time.time_ns, seal: Seal = UNSEALED
    ) -> None:
        self._folder, self._clock, self._seal = folder, clock, seal
        self._lock = threading.Lock()

    def ask(
        self, collector: str, alert: str, subjects: Sequence[str], spans: Sequence[tuple[int, int]], by: str
    ) -> Asked:
        """Ask, unless it is waited for or came already; raises `EvidenceError`."""
        said = orjson.dumps([collector, list(subjects), [list(span) for span in spans]])
        name = f"{_of(alert)}-{digest_sha256(said)[:16]}"
        wanted = read({"id": name, "subjects": list(subjects), "spans": [list(span) for span in spans]})
        with self._lock:
            known = self._read(self._path(collector, name))
            if known is not None and known.state is not State.LATE:
                return known
            self._tidy()
            document = {**wanted.document(), "alert": alert, "by": by, "asked": self._clock()}
            self._write(self._path(collector, name), document)
        return Asked(collector, wanted, alert, by, self._clock(), State.WAITING)

    def pending(self, collector: str) -> Sequence[Wanted]:
        """What the collector is asked for now, the oldest first."""
        waiting = [asked for asked in self._all(collector, "*") if asked.state is State.WAITING]
        return [asked.wanted for asked in sorted(waiting, key=lambda asked: asked.asked)[:AT_ONCE]]

    def take(self, collector: str, name: str, octets: bytes, *, more: bool) -> Asked | None:
        """Keep an answer; none where it came already. Raises `IngestError` for one that nobody asked for."""
        with self._lock:
            path = self._path(collector, name)
            asked = self._read(path) if is_id(name) else None
            if asked is None:
                raise IngestError("nobody asked for these packets")
            if asked.state is State.CAME:
                return None
            found = check(octets, asked.wanted)
            told = {"packets": len(found), "more": more, "sha256": digest_sha256(octets)}
            document = {**asked.wanted.document(), "alert": asked.alert, "by": asked.by, "asked": asked.asked, **told}
            self._put(path.with_suffix(".pcapng"), octets)
            self._write(path, document)
            return self._read(path)

    def of(self, alert: str) -> Sequence[Asked]:
        """What was asked for this alert."""
        return [asked for asked in self._all("*", f"{_of(alert)}-*") if asked.alert == alert]

    def packets(self, alert: str) -> tuple[Sequence[Packet], bool]:
        """What came for this alert, and whether there was more."""
        came = [asked for asked in self.of(alert) if asked.state is State.CAME]
        return [packet for asked in came for packet in self._packets(asked)], any(asked.more for asked in came)

    def _packets(self, asked: Asked) -> Iterator[Packet]:
        try:
            octets = self._get(self._path(asked.collector, asked.wanted.id).with_suffix(".pcapng"))
        except OSError:  # it has just been tidied away
            return
        except CryptoError as error:
            raise EvidenceError(f"what collector `{asked.collector}` gave cannot be opened: {error}") from error
        if digest_sha256(octets) != asked.sha256:
            raise EvidenceError(f"what collector `{asked.collector}` gave is not what was kept: its sha256 differs")
        for record in records(octets):
            frame = record.frame
            yield Packet(
                frame.time, frame.link_type, record.length, frame.data, asked.collector, comment=record.comment
            )

    def _path(self, collector: str, name: str) -> Path:
        if self._folder is None:
            raise EvidenceError("this service takes nothing from collectors")
        return self._folder / collector / f"{name}.json"

    def _all(self, collector: str, name: str) -> Iterator[Asked]:
        for path in sorted(self._folder.glob(f"{collector}/{name}.json")) if self._folder else ():
            asked = self._read(path)
            if asked is not None:
                yield asked

    def _read(self, path: Path) -> Asked | None:
        try:
            said = orjson.loads(self._get(path))
            wanted, asked = read(said), int(said["asked"])
        except (CryptoError, OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError, EvidenceError):
            return None
        late = State.LATE if self._clock() - asked > LATE else State.WAITING
        state = State.CAME if "sha256" in said else late
        about = (str(said.get("alert", "")), str(said.get("by", "")), asked, state)
        told = (int(said.get("packets", 0)), bool(said.get("more")), str(said.get("sha256", "")))
        return Asked(path.parent.name, wanted, *about, *told)

    def _write(self, path: Path, document: dict[str, object]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise EvidenceError(f"`{path.parent}`: {(error.strerror or str(error)).lower()}") from error
        self._put(path, orjson.dumps(document))

    def _get(self, path: Path) -> bytes:
        return opened(self._seal, _row(path), path.read_bytes())

    def _put(self, path: Path, octets: bytes) -> None:
        """The file whole or not at all."""
        fresh = path.with_name(f".{path.name}")
        try:
            kept = sealed(self._seal, _row(path), octets)
            fresh.touch(0o600)
            fresh.write_bytes(kept)
            fresh.replace(path)
        except OSError as error:
            raise EvidenceError(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}") from error
        except CryptoError as error:
            raise EvidenceError(f"`{path}` cannot be sealed: {error}") from error

    def _tidy(self) -> None:
        """Make room for one more."""
        known = sorted(self._all("*", "*"), key=lambda asked: asked.asked, reverse=True)
        for place, asked in enumerate(known, 1):
            if place >= MOST or self._clock() - asked.asked > OLDEST:
                path = self._path(asked.collector, asked.wanted.id)
                path.unlink(missing_ok=True)
                path.with_suffix(".pcapng").unlink(missing_ok=True)


def _of(alert: str) -> str:
    return digest_sha256(alert.encode())[:16]


def _row(path: Path) -> str:
    """A file's place: its collector and its name."""
    return f"{path.parent.name}/{path.name}"
