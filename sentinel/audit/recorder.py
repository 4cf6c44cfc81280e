"""Records acts in the log. Threads that record at the same time share one write, and one synchronisation; nobody who only writes waits for a disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sentinel.audit.log import Log, Make
from sentinel.audit.record import Pseudonymise, prepared, withheld
from sentinel.errors import AuditError, SentinelError
from sentinel.model.audit import Act


@dataclass(slots=True)
class _Group:
    """What waits to be written together, and what came of it."""

    makes: list[Make] = field(default_factory=list)
    written: bool = False
    error: SentinelError | None = field(default_factory=lambda: AuditError("the act was not recorded"))


class Recorder:
    """An `Auditor` over a log."""

    def __init__(
        self, log: Log, pseudonymise: Pseudonymise = withheld, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._log, self.pseudonymise, self._clock = log, pseudonymise, clock
        self._writing, self._gathering = threading.Lock(), threading.Lock()
        self._group = _Group()

    def record(self, *acts: Act) -> None:
        """See `Auditor.record`."""
        self.write(*acts)
        self._log.synchronise()

    def write(self, *acts: Act) -> None:
        """See `Auditor.write`."""
        makes = self._makes(acts)
        with self._gathering:
            group = self._group
            group.makes += makes
        with self._writing:
            if not group.written:
                self._write(group)
        if group.error is not None:
            raise group.error

    def _makes(self, acts: Sequence[Act]) -> list[Make]:
        """What cannot be recorded is found here, where it does not hold up the acts of others."""
        now = self._clock()
        return [prepared(now, act, self.pseudonymise) for act in acts]

    def _write(self, group: _Group) -> None:
        with self._gathering:
            self._group = _Group()
        group.written = True
        try:
            self._log.append(group.makes, later=True)
            group.error = None
        except SentinelError as error:
            group.error = error
