"""The compiled decoder: capture bytes in, batches of frozen Rust-backed Events out."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self, final

from sentinel.model.event import Frame, Value
from sentinel.model.seal import Seal

__all__ = [
    "Batch", "CaptureReader", "Column", "ColumnReader", "Decoder", "Event", "EvidenceWriter", "Fields", "LiveReader",
    "cut_evidence", "describe",
]  # fmt: skip

@final
class Fields(Mapping[str, Value]):
    """An Event's flat read-only mapping; a Python value is made when it is read."""

    def __getitem__(self, key: str, /) -> Value: ...
    def get(self, key: str, default: Value | None = None, /) -> Value | None: ...  # type: ignore[override]  # one default
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def copy(self) -> dict[str, Value]:
        """All of it at once."""

@final
class Event:
    """Satisfies `sentinel.model.event.Event`."""

    @property
    def kind(self) -> str: ...
    @property
    def time(self) -> int: ...
    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def packet(self) -> int: ...
    @property
    def fields(self) -> Fields: ...
    @property
    def frames(self) -> Sequence[Frame]: ...

@final
class Decoder:
    """The sans-I/O decoder: frames in, Events out; one per source, keeps fragments, streams, tunnels and flows."""

    def __new__(cls, source: str, evidence: EvidenceWriter | None = None) -> Self: ...
    def decode(self, frames: Sequence[tuple[int, int, bytes]]) -> list[Event]:
        """Decode (time ns, LINKTYPE_, octets) in order."""

    def finish(self) -> list[Event]:
        """End of input: close flows and give up on what is incomplete."""

    def counters(self) -> dict[str, int]:
        """What was seen: packets, and messages by type, such as `gtpu.g_pdu`; they add up."""

@final
class LiveReader:
    """Network interfaces, read as one in the order of time, decoded without the GIL."""

    def __new__(
        cls,
        interfaces: Sequence[str],
        program: Sequence[tuple[int, int, int, int]],
        evidence: EvidenceWriter | None = None,
    ) -> Self:
        """Open for what a classic BPF program lets pass (code, jt, jf, k); raises `OSError` with the interface's name."""

    def read(self, timeout: float) -> list[Event]:
        """Events of the next frames; none if none come within `timeout` seconds."""

    def close(self) -> None:
        """Let nothing more in; what came before is still to be read."""

    def finish(self) -> list[Event]:
        """End of input: close flows and give up on what is incomplete."""

    def counters(self) -> dict[str, int]:
        """What was seen; `packets` and `dropped` include what the kernel had no room for."""

@final
class CaptureReader:
    """A capture file read and decoded without the GIL: pcap (both orders, µs and ns), pcapng, either in gzip."""

    def __new__(cls, path: str, source: str, evidence: EvidenceWriter | None = None) -> Self:
        """Open `path` (`-` is standard input); raises `OSError`, or `ValueError` where it is no capture."""

    def read(self, packets: int) -> list[Event] | None:
        """Events of up to `packets` further packets (may be empty); `None` once, after the end."""

    def counters(self) -> dict[str, int]: ...
    @property
    def packets(self) -> int: ...
    @property
    def position(self) -> int:
        """Octets of the file consumed so far (compressed ones, for gzip)."""

    @property
    def size(self) -> int:
        """Octets of the file; 0 where unknown."""

    @property
    def truncated(self) -> str | None:
        """Why the file ended early, where it did."""

@final
class Column:
    """One column of a batch; its memory is read as it is by `memoryview`, numpy, and whatever takes a buffer."""

    @property
    def values(self) -> memoryview:
        """The cells as numbers: 1, 2, 4 or 8 octets each, 0 where there is nothing."""

    @property
    def valid(self) -> memoryview:
        """Whether there is something, for each cell."""

    @property
    def texts(self) -> tuple[str, ...] | None:
        """Of a column of texts: what the numbers are places in."""

    def __len__(self) -> int: ...
    def counts(self) -> dict[int | bool | str | None, int]:
        """How many rows have each value, as Events have it; `None` for those that have none."""

    def tolist(self) -> list[int | bool | str | None]:
        """The cells as Events have them, `None` where there is nothing; of a field with several values, the first."""

@final
class Batch:
    """Rows in the place of Events, in the same order: each column is a field, or an attribute, of Events by its name."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""

    def __len__(self) -> int:
        """How many rows it has."""

    def __getitem__(self, name: str, /) -> Column: ...

@final
class ColumnReader:
    """A capture read into columns without the GIL, through the same decoder as `CaptureReader`."""

    def __new__(cls, path: str) -> Self:
        """Open `path` (`-` is standard input); raises `OSError`, or `ValueError` where it is no capture."""

    def read(self, packets: int) -> Batch | None:
        """Rows of up to `packets` further packets (may be empty); `None` once, after the end."""

    def counters(self) -> dict[str, int]: ...
    @property
    def packets(self) -> int: ...
    @property
    def position(self) -> int:
        """Octets of the file consumed so far (compressed ones, for gzip)."""

    @property
    def size(self) -> int:
        """Octets of the file; 0 where unknown."""

    @property
    def truncated(self) -> str | None:
        """Why the file ended early, where it did."""

@final
class EvidenceWriter:
    """A bounded ring of packets on disk, for the readers that are given it (`collectors/evidence`)."""

    def __new__(
        cls,
        folder: Path,
        source: str,
        *,
        size: int,
        age: int,
        snap: int,
        first: int,
        every: int,
        reserve: int,
        patient: bool = False,
        sealing: Seal | None = None,
    ) -> Self:
        """At most `size` octets and `age` seconds in `folder`, and `reserve` octets of the disk left to others.

        Of a flow the `first` packets and then one in `every`, each up to `snap` octets; signalling whole. A `patient`
        one waits for the disk rather than lose a packet. With `sealing` all is sealed, in pieces of 16 KiB,
        and what cannot be sealed is lost. Raises `OSError` when the folder cannot be made.
        """

    def counters(self) -> dict[str, int]:
        """Packets kept, skipped (beyond their flow's share) and lost; octets on disk, and those a kill left unfinished."""

    @property
    def trouble(self) -> str:
        """Why nothing is kept just now; empty where all is well."""

    def flush(self) -> None:
        """Wait until everything so far is on disk."""

    def close(self) -> None: ...

def cut_evidence(
    folders: Sequence[Path],
    subjects: Sequence[str],
    since: int,
    until: int,
    packets: int,
    octets: int,
    sealing: Seal | None = None,
) -> tuple[list[tuple[int, int, int, int, int, str, bytes]], bool, str, set[str]]:
    """Packets about any subject (such as `teid:0x1`; all, if none is named) from `since` up to before `until`.

    Each is (index of its folder, time ns, LINKTYPE_, octets on the wire, number in its source, comment, octets kept);
    then whether the bounds left some out, and what is sealed and did not open. Raises `ValueError` for what is no subject.
    """

def describe(link_type: int, octets: bytes, length: int) -> str:
    """One line that says what a packet is."""
