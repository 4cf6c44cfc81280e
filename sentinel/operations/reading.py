"""Who read whose packets: a record for each person and alert, and not another one while they go on reading."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sentinel.model.audit import Act, Action, Auditor

AGAIN_AFTER = 900.0  # seconds


class Reading:
    """Records that packets are read, before they are."""

    def __init__(self, auditor: Auditor, clock: Callable[[], float] = time.monotonic) -> None:
        self._auditor, self._clock = auditor, clock
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str], float] = {}

    def tell(self, by: str, alert: str) -> None:
        """Somebody is about to read an alert's packets; raises `AuditError`, and then they must not."""
        with self._lock:
            now = self._clock()
            self._told = {who: when for who, when in self._told.items() if now - when < AGAIN_AFTER}
            if (by, alert) in self._told:
                return
        self._auditor.record(Act(Action.PACKETS_READ, by, alert))
        with self._lock:
            self._told[by, alert] = now
