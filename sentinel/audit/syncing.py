"""Synchronising in groups, behind those who were answered: what was written a moment ago is on disk some milliseconds later.

What is written survives whatever happens to our processes; what is synchronised survives a power cut, too. Once a
synchronisation failed nobody knows what the disk holds of what was written before, and trying again would say that all is
well. So from then on nothing is taken any more, until somebody looked at the disk and started the service again.
"""

from __future__ import annotations

import logging
import os
import threading
import time

from sentinel.errors import AuditError

PAUSE = 0.01  # seconds in which writes gather
STUCK = 5.0  # seconds after which a disk that has not synchronised is not going to
_LOG = logging.getLogger(__name__)


class Syncing:
    """One file, and the thread that synchronises it, which begins when it is first needed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._guard = threading.Lock()
        self._due, self._closed = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._oldest = self._newest = (
            0.0  # when what is not synchronised was written; the oldest is 0 where there is none
        )
        self._failed = ""

    def check(self) -> None:
        """Raises `AuditError` where what is written now might never be on disk."""
        oldest = self._oldest  # once: the thread sets it
        if self._failed:
            raise AuditError(
                f"the audit log could not be synchronised; see to its disk and start again: {self._failed}"
            )
        if oldest and time.monotonic() - oldest > STUCK:
            raise AuditError(f"the disk of the audit log has not synchronised for {STUCK:.0f} seconds")

    def later(self) -> None:
        """Something was written, and is to be on disk soon."""
        with self._guard:
            self._newest = time.monotonic()
            self._oldest = self._oldest or self._newest
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="audit-sync")
                self._thread.start()
        self._due.set()

    def now(self) -> None:
        """Synchronise all that was written, by whatever process; raises `OSError`."""
        with self._guard:
            began = time.monotonic()
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            if self._oldest:  # somebody was told already
                self._fail(error)
            raise
        with self._guard:
            if 0 < self._oldest < began:
                self._oldest = began if self._newest >= began else 0.0

    def _fail(self, error: OSError) -> None:
        self._failed = str(error).lower()
        _LOG.error("the audit log could not be synchronised, and takes nothing any more: %s", self._failed)

    def _run(self) -> None:
        while self._due.wait() and not self._closed.wait(PAUSE):
            self._due.clear()
            try:
                self.now()
            except OSError as error:
                self._fail(error)
                return

    def close(self) -> None:
        """End the thread, and synchronise what waits; raises `OSError`."""
        self._closed.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join()
        if self._oldest and not self._failed:
            self.now()
