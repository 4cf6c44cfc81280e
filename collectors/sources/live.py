"""Network interfaces, such as mirror ports, by the kernel's own ring (AF_PACKET; needs CAP_NET_RAW)."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Sequence

from collectors import bpf
from collectors._decode import EvidenceWriter, LiveReader
from collectors.sources.base import Tap
from sentinel.errors import InputError
from sentinel.model.event import Event

_LOG = logging.getLogger(__name__)
PATIENCE = 0.5  # seconds to wait for packets before an empty batch is given
LAST = 0.2  # seconds in which the kernel hands over what it holds; more than 60 ms (`collectors/ring`)


class Live(Tap):
    """Interfaces, until told to stop; one that vanishes is waited for."""

    kind = "live"

    def __init__(
        self,
        interfaces: Sequence[str],
        pattern: str,
        stopping: threading.Event,
        evidence: EvidenceWriter | None = None,
    ) -> None:
        self.name = " ".join(interfaces)
        self._stopping = stopping
        try:
            program = bpf.compile_for(interfaces[0], pattern) if pattern else []
            self._reader = LiveReader(list(interfaces), program, evidence)
        except PermissionError as error:
            raise InputError(f"capturing on `{self.name}` needs the right to do so (CAP_NET_RAW, or root)") from error
        except OSError as error:
            raise InputError(f"interface `{error.filename}` cannot be opened: {_reason(error)}") from error

    def batches(self) -> Iterator[Sequence[Event]]:
        """See `Source.batches`."""
        while not self._stopping.is_set():
            yield self._read(PATIENCE)
        self._reader.close()
        before = -1
        while self.packets > before:  # what the kernel has taken in is not lost
            before = self.packets
            yield self._read(LAST)
        yield self._reader.finish()

    def _read(self, patience: float) -> Sequence[Event]:
        events = self._reader.read(patience)
        for event in events:
            if event.kind in _CHANGES:
                _LOG.warning("interface %s %s", event.source, _CHANGES[event.kind])
        return events

    def counters(self) -> dict[str, int]:
        """See `Source.counters`."""
        return self._reader.counters()


_CHANGES = {
    "monitor.interface_lost": "is gone; waiting for it to return",
    "monitor.interface_returned": "is back",
    "monitor.packets_dropped": "brings more packets than can be read; the kernel dropped some",
}


def _reason(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else error.strerror or str(error)
