"""The ring of recent packets: one folder for each source, written as packets are decoded, and cut here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from collectors._decode import EvidenceWriter, cut_evidence, describe
from sentinel.errors import EvidenceError, UnopenedError
from sentinel.model.event import Frame, Value
from sentinel.model.seal import UNSEALED, Seal

_LOG = logging.getLogger(__name__)
LATEST = 2**63 - 1
MOST_PACKETS = 100_000  # of one cut
MOST_OCTETS = 64 << 20
FIRST, EVERY = 64, 256  # packets of a flow in ten minutes: the first ones, and then one in so many
RESERVE = 512 << 20  # octets of the disk that evidence leaves to others
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """What the ring of one source may take: octets, age in seconds, octets of a user's packet (0 is all)."""

    size: int = 1 << 30
    age: int = 7 * 24 * 3600
    snap: int = 256

    @classmethod
    def of(cls, mebibytes: int, days: int, snap: int) -> Limits:
        """As the command line and the configuration say them."""
        return cls(mebibytes << 20, days * 24 * 3600, snap)


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that was kept: of `length` octets on the wire those in `data`; `number` in its source, 0 if unknown."""

    time: int
    link_type: int
    length: int
    data: bytes
    source: str = ""
    number: int = 0
    comment: str = ""  # what its events told: kinds, and whom it is about
    proof: bool = False  # an alert rests on it

    @property
    def frame(self) -> Frame:
        """What was kept, as a frame."""
        return Frame(self.time, self.link_type, self.data)

    @property
    def summary(self) -> str:
        """One line that says what it is, from outside."""
        return describe(self.link_type, self.data, self.length)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the events that it gave."""
        return tuple(word for word in self.comment.split() if ":" not in word)


@dataclass(frozen=True, slots=True)
class Cut:
    """Packets in the order of their times; `more`: bounds left some out; `unopened`: pieces of the ring that did not open."""

    packets: Sequence[Packet] = ()
    more: bool = False
    unopened: frozenset[str] = frozenset()


@dataclass(slots=True)
class Ring:
    """The rings of all sources, below one folder; without a folder, none."""

    folder: Path | None = None
    limits: Limits = field(default_factory=Limits)
    seal: Seal = UNSEALED

    def sources(self) -> Sequence[Path]:
        """The folders of the sources."""
        if self.folder is None or not self.folder.is_dir():
            return ()
        return sorted(path for path in self.folder.iterdir() if path.is_dir() and not path.is_symlink())

    def writer(self, source: str, *, patient: bool = False) -> EvidenceWriter | None:
        """Where the packets of a source are kept; none, and said, where that cannot be."""
        if self.folder is None or self.limits.size == 0:
            return None
        limits = self.limits
        try:
            return EvidenceWriter(
                self.folder / folder_name(source), source, size=limits.size, age=limits.age, snap=limits.snap,
                first=FIRST, every=EVERY, reserve=RESERVE, patient=patient, sealing=self.seal if self.seal.on else None,
            )  # fmt: skip
        except OSError as error:
            _LOG.error("no packets are kept as evidence: `%s`: %s", self.folder, (error.strerror or str(error)).lower())
            return None

    def cut(
        self, subjects: Sequence[str], since: int, until: int, packets: int = MOST_PACKETS, octets: int = MOST_OCTETS
    ) -> Cut:
        """Packets about any of the subjects (all, if none is named) from `since` up to before `until`.

        What is sealed and does not open is told, and counts as more than there is here; raises `UnopenedError` where that is all.
        """
        folders = self.sources()
        since, until = max(0, min(since, LATEST)), max(0, min(until, LATEST))
        try:
            found, more, trouble, unopened = cut_evidence(
                folders, list(subjects), since, until, packets, octets, self.seal if self.seal.on else None
            )
        except ValueError as error:
            raise EvidenceError(str(error)) from error
        except OSError as error:
            raise EvidenceError(f"the evidence in `{self.folder}` cannot be read: {error}".lower()) from error
        if trouble:
            _LOG.error("evidence in `%s` cannot be opened: %s", self.folder, trouble)
        if trouble and not found:
            raise UnopenedError(f"the evidence in `{self.folder}` cannot be opened: {trouble}")
        names = [unquote(folder.name) for folder in folders]
        return Cut([
            Packet(time, link_type, length, data, names[ring], number, comment)
            for ring, time, link_type, length, number, comment, data in found
        ], more or bool(trouble), frozenset(unopened))  # fmt: skip


class Writers:
    """The writers of the sources that are read, and what they say of themselves."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._open: dict[str, EvidenceWriter] = {}
        self._said = ""
        self._torn = 0

    def of(self, source: str, *, patient: bool = False) -> EvidenceWriter | None:
        """The writer of a source; it stays open, since a source may come again."""
        if source not in self._open:
            writer = self._ring.writer(source, patient=patient)
            if writer is None:
                return None
            self._open[source] = writer
        return self._open[source]

    def status(self) -> dict[str, Value]:
        """What is kept, and why not; trouble goes to the log as well, once."""
        writers = list(self._open.values())
        counters: dict[str, Value] = {}
        for writer in writers:
            for name, count in writer.counters().items():
                counters[name] = int(str(counters.get(name, 0))) + count
        trouble = next(filter(None, (writer.trouble for writer in writers)), "")
        if trouble != self._said:
            _LOG.error("evidence: %s", trouble) if trouble else _LOG.warning("evidence: packets are kept again")
            self._said = trouble
        torn = int(str(counters.get("evidence.torn", 0)))
        if torn > self._torn:
            _LOG.warning("evidence: a writer was killed; %d octets that it left unfinished are cut off", torn)
        self._torn = torn
        return {**counters, "evidence_trouble": trouble}

    def close(self) -> None:
        """Everything goes to disk."""
        for writer in list(self._open.values()):
            writer.close()


def folder_name(source: str) -> str:
    """A name for the folder of a source that leads nowhere else, and back to its name."""
    name = quote(source, safe="")[:_LONGEST_NAME]
    return name.replace(".", "%2E", 1) if name.startswith(".") else name or "%"
