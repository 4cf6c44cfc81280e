"""Capture files, and pipes of them: pcap and pcapng, either in gzip."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from collectors._decode import CaptureReader, ColumnReader, EvidenceWriter
from collectors.sources.base import Source
from sentinel.errors import InputError
from sentinel.model.event import Event

BATCH = 8192  # packets
_FULL = 256  # events of a batch that did not end for want of packets
_GATHERED = 1000  # events
Reader = TypeVar("Reader", CaptureReader, ColumnReader)


def opened(name: str, reader: Callable[[], Reader]) -> Reader:
    """A reader of a capture, or an error that says what is wrong with the input `name`."""
    try:
        return reader()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(f"`{name}` cannot be read: {reason.lower()}") from error
    except ValueError as error:
        raise InputError(f"`{name}` {error}") from error


class Reading(Generic[Reader]):
    """How far a reader of a capture is, and what it saw; the names are those of `Source`."""

    _reader: Reader

    def counters(self) -> dict[str, int]:
        """What was seen, as `Source.counters` has it."""
        return self._reader.counters()

    @property
    def packets(self) -> int:
        """Packets read so far."""
        return self._reader.packets

    @property
    def position(self) -> int:
        """Octets of the file consumed so far."""
        return self._reader.position

    @property
    def size(self) -> int:
        """Octets of the file; 0 where unknown."""
        return self._reader.size

    @property
    def truncated(self) -> str | None:
        """Why the capture ended early, where it did."""
        return self._reader.truncated


class CaptureFile(Reading[CaptureReader], Source):
    """A capture file; `-` is standard input."""

    def __init__(self, path: str, evidence: EvidenceWriter | None = None) -> None:
        self.name = "stdin" if path == "-" else path
        self._live = path == "-" or not Path(path).is_file()
        self._reader = opened(self.name, lambda: CaptureReader(path, self.name, evidence))

    @property
    def live(self) -> bool:
        """See `Source.live`: a pipe gives nothing twice."""
        return self._live

    def batches(self) -> Iterator[Sequence[Event]]:
        """See `Source.batches`."""
        while (events := self._reader.read(BATCH)) is not None:
            yield events

    def gathered(self) -> Iterator[Sequence[Event]]:
        """See `Source.gathered`; what a pipe gives by and by does not wait for more."""
        gathered: list[Event] = []
        for events in self.batches():
            gathered += events
            if len(events) < _FULL or len(gathered) >= _GATHERED:
                yield gathered
                gathered = []
        if gathered:
            yield gathered
