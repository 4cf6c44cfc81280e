"""What is done with a batch behind the line, while the next one is judged: it is stored, told, confirmed, in that order.

A thread of its own takes one step after the other, each until it succeeds, and so nothing that was accepted is lost. Who
hands over waits when too much is left to do: a store that cannot take a batch holds the source back.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sys
import threading
from collections.abc import Callable

from sentinel.errors import StoreError

_LOG = logging.getLogger(__name__)
RETRY_EVERY = 2.0  # seconds between two tries
_WAITING = 4  # steps that wait, which are about two batches
_PARTING = 5.0  # seconds to wait for what is left at the end
_SWITCH = 0.0005  # seconds that a thread keeps the interpreter's lock from another; the usual 5 ms for each statement are too many

Step = Callable[[], None]


def patiently(step: Step, stopping: threading.Event) -> None:
    """Take a step, however long the store is away; raises `StoreError` only when told to stop."""
    complained = False
    while True:
        try:
            step()
        except StoreError as error:
            if not complained:
                _LOG.error("%s; holding what was not stored and trying again", error)
            complained = True
            if stopping.wait(RETRY_EVERY):
                raise
        else:
            return


class Behind:
    """Steps in order; what goes wrong in one is raised to whoever hands over, and nothing behind it is done."""

    def __init__(self, stopping: threading.Event) -> None:
        """Without patience from when `stopping` is set."""
        self._stopping = stopping
        self._steps: queue.Queue[Step | None] = queue.Queue(_WAITING)
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def do(self, step: Step) -> None:
        """Have it done after all that was handed over before."""
        self.heed()
        if self._thread is None:
            sys.setswitchinterval(_SWITCH)
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._steps.put(step)

    def heed(self) -> None:
        """Raise what went wrong."""
        if self._error is not None:
            raise self._error

    def settle(self) -> None:
        """Wait until all of it is done."""
        self._steps.join()
        self.heed()

    def close(self) -> None:
        """Do what is left, unless a store that is away holds it up; raises nothing."""
        if self._thread is not None:
            with contextlib.suppress(queue.Full):
                self._steps.put(None, timeout=_PARTING)
            self._thread.join(_PARTING)

    def _run(self) -> None:
        while (step := self._steps.get()) is not None:
            try:
                if self._error is None:
                    patiently(step, self._stopping)
            except BaseException as error:  # noqa: BLE001  # whoever hands over raises it
                self._error = error
            finally:
                self._steps.task_done()
