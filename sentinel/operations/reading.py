"""Who read whose packets: a record for each person and alert, and not another one while they go on reading.

Where the store is sealed, packets tell in clear what it hides, so whoever reads them says why before, and that is the record.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sentinel.errors import ReasonError
from sentinel.model.audit import Act, Action, Auditor
from sentinel.operations.revealing import stated

AGAIN_AFTER = 900.0  # seconds


class Reading:
    """Records that packets are read, before they are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str], tuple[float, str]] = {}  # when, and why where somebody said it

    def told(self, by: str, alert: str) -> bool:
        """Whether it is on record that this person reads these packets now."""
        with self._lock:
            now = self._clock()
            self._told = {who: told for who, told in self._told.items() if now - told[0] < AGAIN_AFTER}
            return (by, alert) in self._told

    def reason(self, by: str, alert: str) -> str:
        """Why this person reads these packets now; empty where nobody had to say it."""
        with self._lock:
            return self._told.get((by, alert), (0.0, ""))[1]

    def explain(self, auditor: Auditor, by: str, alert: str, reason: str) -> None:
        """Somebody says why they are about to read; raises `TriageError` for what is no reason, and `AuditError`."""
        self._record(auditor, Act(Action.PACKETS_READ, by, alert, details={"reason": stated(reason)}))

    def tell(self, auditor: Auditor, by: str, alert: str, *, sealed: bool) -> None:
        """Somebody is about to read an alert's packets; raises `AuditError` or `ReasonError`, and then they must not."""
        if self.told(by, alert):
            return
        if sealed:
            raise ReasonError(
                "packets hold identifiers in clear; say first why you read these, and that goes on record"
            )
        self._record(auditor, Act(Action.PACKETS_READ, by, alert))

    def _record(self, auditor: Auditor, act: Act) -> None:
        auditor.record(act)
        with self._lock:
            self._told[act.actor, act.target] = self._clock(), str(act.details.get("reason", ""))
