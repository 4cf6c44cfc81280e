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
from collections.abc import Callable

from sentinel.errors import AuditError

PAUSE = 0.01  # seconds in which writes gather
STUCK = 5.0  # seconds after which a disk that has not synchronised is not going to
_LOG = logging.getLogger(__name__)


def _nobody(_error: str) -> None:
    """Nobody is told."""


class Syncing:
    """One file, and the thread that synchronises it, which begins when it is first needed; it does `after` each time.

    Nobody who writes waits for the disk: it is synchronised outside of every lock that writers take.
    """

    def __init__(self, descriptor: int, after: Callable[[], None] = lambda: None) -> None:
        self._descriptor, self._after = descriptor, after
        self._guard, self._turn = threading.Lock(), threading.Lock()
        self._asked = self._done = 0  # who asked to have all synchronised, by number, and up to whom that was done
        self._due, self._closed = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        # when what is not synchronised was written; the oldest is 0 where there is none
        self._oldest = self._newest = 0.0
        self.failed = ""
        """Why what was answered may not be on disk; empty where it is."""
        self.tell: Callable[[str], None] = _nobody
        """Is told of that, once."""

    def check(self) -> None:
        """Raises `AuditError` where what is written now might never be on disk."""
        oldest = self._oldest  # once: the thread sets it
        self._check_failed()
        if oldest and time.monotonic() - oldest > STUCK:
            raise AuditError(f"the disk of the audit log has not synchronised for {STUCK:.0f} seconds")

    def _check_failed(self) -> None:
        if self.failed:
            raise AuditError(f"the audit log could not be synchronised; see to its disk and start again: {self.failed}")

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
        """Synchronise all that was written, by whatever process; who asks meanwhile shares the next time. Raises `OSError`."""
        with self._guard:
            self._asked += 1
            mine = self._asked
        with self._turn:
            if self._done < mine:  # else somebody began after this one had written
                self._check_failed()
                self._synchronise()

    def _synchronise(self) -> None:
        with self._guard:
            asked, began = self._asked, time.monotonic()
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            if self._oldest:  # somebody was told already
                self._fail(error)
            raise
        with self._guard:
            self._done = asked
            if 0 < self._oldest < began:
                self._oldest = began if self._newest >= began else 0.0

    def _fail(self, error: OSError) -> None:
        first, self.failed = not self.failed, str(error).lower()
        if first:
            _LOG.error("the audit log could not be synchronised, and takes nothing any more: %s", self.failed)
            self.tell(self.failed)

    def _run(self) -> None:
        while self._due.wait() and not self._closed.wait(PAUSE):
            self._due.clear()
            if self._closed.is_set():  # what was cleared may have been the call to end
                return
            try:
                if self._oldest:  # else somebody who did not wait so long has done it
                    self.now()
                self._after()
            except OSError as error:
                self._fail(error)
                return
            except AuditError:
                return  # it failed for somebody else

    def close(self) -> None:
        """End the thread, and synchronise what waits; raises `OSError`."""
        self._closed.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join()
        if self._oldest and not self.failed:
            self.now()
