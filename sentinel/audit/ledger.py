"""The audit log as one thing: acts go in, records with their proofs come out."""

from __future__ import annotations

from pathlib import Path

from sentinel.audit.log import Log
from sentinel.audit.record import Pseudonymise, withheld
from sentinel.audit.recorder import Recorder
from sentinel.model.audit import Act


class Ledger:
    """An `Auditor` over the log in a folder."""

    def __init__(self, folder: Path, pseudonymise: Pseudonymise = withheld) -> None:
        self.log = Log(folder)
        self._recorder = Recorder(self.log, pseudonymise)

    def record(self, *acts: Act) -> None:
        """See `Auditor.record`."""
        self._recorder.record(*acts)

    def close(self) -> None:
        """Let go of the log."""
        self.log.close()
