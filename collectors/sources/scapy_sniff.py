"""Network interfaces by scapy's sockets: slow, and to be had wherever libpcap is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from collectors._decode import Decoder, EvidenceWriter
from collectors.sources.base import Tap
from sentinel.errors import InputError
from sentinel.model.event import Event

_LOG = logging.getLogger(__name__)
PATIENCE = 0.5  # seconds to wait for packets before an empty batch is given
AGAIN = 1.0  # seconds between two tries to open an interface that is gone
_MOST = 1024  # frames of a batch
_LONGEST = 262_144  # octets of a frame


class ScapySniff(Tap):
    """Interfaces, until told to stop; one that vanishes is waited for."""

    kind = "scapy"

    def __init__(
        self,
        interfaces: Sequence[str],
        pattern: str,
        stopping: threading.Event,
        evidence: EvidenceWriter | None = None,
    ) -> None:
        if find_spec("scapy") is None:
            raise InputError("the source `scapy` needs scapy: pip install 'sentinel-5g[drill]'")
        self.name = " ".join(interfaces)
        self._interfaces, self._pattern, self._stopping = interfaces, pattern, stopping
        self._decoder = Decoder(self.name, evidence)
        try:
            self._sockets = self._open()
        except Exception as error:  # scapy has a class of its own for everything
            raise InputError(f"`{self.name}` cannot be captured by scapy: {_reason(error)}") from error

    def _open(self) -> list[Any]:
        import scapy.arch  # noqa: PLC0415  # slow to load, and an extra; makes the sockets of this system known
        import scapy.layers.l2  # noqa: F401, PLC0415  # and this what they carry
        from scapy.config import conf  # noqa: PLC0415

        options: dict[str, Any] = {"filter": self._pattern} if self._pattern else {}
        return [conf.L2listen(iface=name, **options) for name in self._interfaces]

    def batches(self) -> Iterator[Sequence[Event]]:
        """See `Source.batches`."""
        while not self._stopping.is_set():
            try:
                frames = self._frames()
            except OSError as error:
                _LOG.warning("%s: %s; waiting for it to return", self.name, _reason(error))
                self._return()
            else:
                yield self._decoder.decode(frames)
        yield self._decoder.finish()

    def _frames(self) -> list[tuple[int, int, bytes]]:
        """What has come, in the order of time."""
        frames: list[tuple[int, int, bytes]] = []
        patience = PATIENCE
        while len(frames) < _MOST and (ready := self._sockets[0].select(self._sockets, patience)):
            patience = 0.0
            frames += filter(None, map(_frame, ready))
        return sorted(frames, key=lambda frame: frame[0])

    def _return(self) -> None:
        self.close()
        while not self._stopping.wait(AGAIN):
            try:
                self._sockets = self._open()
            except Exception as error:  # noqa: BLE001  # scapy has a class of its own for everything
                _LOG.debug("%s", error)
            else:
                _LOG.warning("%s is back", self.name)
                return

    def counters(self) -> dict[str, int]:
        """See `Source.counters`."""
        return self._decoder.counters()

    def close(self) -> None:
        """See `Source.close`."""
        for socket in self._sockets:
            socket.close()
        self._sockets = []


def _frame(socket: Any) -> tuple[int, int, bytes] | None:
    """A frame of this socket, if there is one."""
    from scapy.config import conf  # noqa: PLC0415

    layer, octets, moment = socket.recv_raw(_LONGEST)
    if octets is None:
        return None
    when = time.time_ns() if moment is None else int(moment * 1_000_000_000)
    return when, conf.l2types.layer2num[layer], bytes(octets)


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).lower()
