"""A network interface, such as a mirror port (AF_PACKET; needs CAP_NET_RAW)."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Sequence

from collectors._decode import LiveReader
from collectors.sources.base import Source
from sentinel.errors import InputError
from sentinel.model.event import Event

_LOG = logging.getLogger(__name__)
PATIENCE = 0.5  # seconds to wait for packets before an empty batch is given
AGAIN = 1.0  # seconds between two tries to open an interface that is gone


class Live(Source):
    """An interface, until told to stop; one that vanishes is waited for."""

    def __init__(self, interface: str, stopping: threading.Event) -> None:
        self.name = interface
        self._stopping = stopping
        try:
            self._reader = LiveReader(interface, interface)
        except PermissionError as error:
            raise InputError(f"capturing on `{interface}` needs the right to do so (CAP_NET_RAW, or root)") from error
        except OSError as error:
            raise InputError(f"interface `{interface}` cannot be opened: {_reason(error)}") from error

    def batches(self) -> Iterator[Sequence[Event]]:
        """See `Source.batches`."""
        while not self._stopping.is_set():
            try:
                yield self._reader.read(PATIENCE)
            except OSError as error:
                _LOG.warning("interface %s: %s; waiting for it to return", self.name, _reason(error))
                self._return()
        yield self._reader.finish()

    def _return(self) -> None:
        while not self._stopping.wait(AGAIN):
            try:
                self._reader.reopen()
            except OSError:
                continue
            _LOG.warning("interface %s is back", self.name)
            return

    def counters(self) -> dict[str, int]:
        """See `Source.counters`."""
        return self._reader.counters()


def _reason(error: OSError) -> str:
    return (os.strerror(error.errno) if error.errno else str(error)).lower()
