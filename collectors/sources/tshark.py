"""Network interfaces by tshark: it captures, with whatever rights it was given, and our decoder reads what it writes."""

from __future__ import annotations

import logging
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from shutil import which

from collectors._decode import CaptureReader, EvidenceWriter
from collectors.sources.base import Tap
from sentinel.errors import InputError
from sentinel.model.event import Event

_LOG = logging.getLogger(__name__)
AGAIN = 1.0  # seconds between two tries to start tshark again
_BATCH = 8192  # packets
_DROPPED = re.compile(r"^(\d+) packets? dropped", re.MULTILINE)


class _Run:
    """One run of tshark, and the reader of what it writes."""

    def __init__(self, interfaces: Sequence[str], pattern: str, name: str, evidence: EvidenceWriter | None) -> None:
        options = [part for interface in interfaces for part in ("-i", interface)]
        options += ["-f", pattern] if pattern else []
        self.said = ""
        self._says = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  # closed in `end`
        self.process = subprocess.Popen(  # noqa: S603
            ["tshark", "-q", *options, "-F", "pcapng", "-w", "-"],  # noqa: S607
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._says,
        )  # fmt: skip
        assert self.process.stdout is not None  # noqa: S101  # it was asked for
        try:
            self.reader = CaptureReader(f"/dev/fd/{self.process.stdout.fileno()}", name, evidence)
        except (OSError, ValueError) as error:
            raise InputError(f"tshark cannot capture on `{name}`: {self.end()}") from error

    def end(self) -> str:
        """Stop it; what it said last."""
        self.process.terminate()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        if not self._says.closed:
            self._says.seek(0)
            self.said = self._says.read()
            self._says.close()
        lines = [line for line in self.said.splitlines() if line and not line.startswith("Running as user")]
        return lines[-1].removeprefix("tshark: ").lower() if lines else "it says nothing"

    @property
    def dropped(self) -> int:
        """Packets that it says it dropped; known at its end."""
        return sum(int(count) for count in _DROPPED.findall(self.said))


class Tshark(Tap):
    """Interfaces, until told to stop; when tshark ends before, it is started again, with a decoder that knows nothing."""

    kind = "tshark"

    def __init__(
        self,
        interfaces: Sequence[str],
        pattern: str,
        stopping: threading.Event,
        evidence: EvidenceWriter | None = None,
    ) -> None:
        if which("tshark") is None:
            raise InputError("the source `tshark` needs tshark, which is not installed")
        self.name = " ".join(interfaces)
        self._interfaces, self._pattern, self._stopping = interfaces, pattern, stopping
        self._evidence = evidence
        self._before: dict[str, int] = {}  # counters of runs that ended
        self._now: dict[str, int] = {"packets": 0, "dropped": 0}  # and of this one
        self._run = self._start()

    def _start(self) -> _Run:
        run = _Run(self._interfaces, self._pattern, self.name, self._evidence)

        def stop() -> None:
            self._stopping.wait()
            run.process.terminate()  # which ends the wait for its next packet

        threading.Thread(target=stop, daemon=True).start()
        return run

    def batches(self) -> Iterator[Sequence[Event]]:
        """See `Source.batches`."""
        while True:
            while (events := self._run.reader.read(_BATCH)) is not None:
                self._now = self._run.reader.counters()
                yield events
            said = self._run.end()
            for name in ("packets", "dropped"):
                self._now[name] = self._now.get(name, 0) + self._run.dropped
            if self._stopping.is_set() or not self._again(said):
                return

    def _again(self, said: str) -> bool:
        _LOG.warning("tshark ended on %s: %s; starting it again", self.name, said)
        before = self.counters()
        while not self._stopping.wait(AGAIN):
            try:
                self._run, self._before, self._now = self._start(), before, {}
            except InputError as error:
                _LOG.debug("%s", error)
            else:
                return True
        return False

    def counters(self) -> dict[str, int]:
        """See `Source.counters`. As of the last batch: the reader itself may be waiting for a packet."""
        now, before = self._now, self._before
        return {name: now.get(name, 0) + before.get(name, 0) for name in now.keys() | before.keys()}

    def close(self) -> None:
        """See `Source.close`."""
        self._run.end()
