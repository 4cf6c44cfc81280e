"""The sending half of a collector: what is in the spool goes to the service, in order, until that has it."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from sentinel.errors import AuthenticationError, ConfigError, IngestError, SequenceError, StoreError
from sentinel.shipping.sender import AwayError, Sender
from sentinel.shipping.spool import Spool

_LOG = logging.getLogger(__name__)
REPORT_EVERY = 10.0  # seconds between two reports to the service
LONGEST_PAUSE = 10.0  # seconds between two tries to reach it
LAST_TRY = 5.0  # seconds to send what is left when told to stop
PATIENCE = 0.5  # seconds between two looks at whether there is room


class Shipper:
    """Sends what is in the spool, in order, in a thread of its own; tries again until the service has it."""

    def __init__(
        self, spool: Spool, sender: Sender, status: Callable[[int], Mapping[str, object]],
        asked: Callable[[Sequence[object]], None],
    ) -> None:  # fmt: skip
        """`status` is what the collector says of itself, told how many batches were refused; `asked` hears the answer."""
        self._spool, self._sender, self._status, self._asked = spool, sender, status, asked
        self._refused = 0
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._room = threading.Event()
        self._tries = 0
        self._complained = ""
        self._unconfirmed = 0  # the number of a batch that the service has and the spool still holds
        self._stuck = ""  # why
        self._reported = float("-inf")
        self._thread = threading.Thread(target=self._run, daemon=True)

    def greet(self) -> None:
        """First contact: what a person has to mend is raised; a service that is away is waited for."""
        try:
            self._report()
        except AwayError as error:
            self._complain(error)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """There is something in the spool."""
        self._news.set()

    def wait_for_room(self) -> None:
        """Wait until the service may have taken something."""
        self._room.wait(PATIENCE)
        self._room.clear()

    def drain(self, stopping: threading.Event) -> None:
        """Wait until everything has arrived; not for long once told to stop."""
        until = float("inf")
        while self._spool.waiting and self._thread.is_alive() and time.monotonic() < until:
            if stopping.is_set() and until == float("inf"):
                until = time.monotonic() + LAST_TRY
            self.wait_for_room()

    def stop(self) -> None:
        """Stop sending."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(LAST_TRY)
        with contextlib.suppress(AwayError, AuthenticationError, ConfigError, IngestError, OSError):
            if not self._thread.is_alive():
                self._report()  # the last figures

    def _run(self) -> None:
        while not self._stopping.is_set():
            read = self._read()
            if read is not None:
                self._deliver(*read)
            elif not self._tell():
                self._confirm()
                self._news.wait(1.0)
                self._news.clear()

    def _read(self) -> tuple[int, bytes] | None:
        try:
            return self._spool.read()
        except StoreError as error:
            self._complain(error)
            self._stopping.wait(LONGEST_PAUSE)
            return None

    def _deliver(self, sequence: int, batch: bytes) -> None:
        while not self._stopping.is_set():
            if self._attempt(lambda: self._hand_over(sequence, batch)):
                self._unconfirmed = sequence
                self._confirm()
                self._room.set()
                self._tell()
                return

    def _hand_over(self, sequence: int, batch: bytes) -> None:
        """Send a batch; one that is refused is kept here, and raises `StoreError` until it is."""
        try:
            self._send(sequence, batch)
        except IngestError as error:
            path = self._spool.set_aside(sequence, batch)
            self._refused += 1
            _LOG.error("the service refused a batch: %s; it is kept as %s", error, path)

    def _send(self, sequence: int, batch: bytes) -> None:
        """Send a batch; where the service knows its number for another one, under a new name of the spool."""
        try:
            self._sender.send(self._spool.name, sequence, batch)
        except SequenceError as error:
            self._spool.rename()
            _LOG.error("%s; the spool was set back, and goes on under a new name", error)
            self._sender.send(self._spool.name, sequence, batch)

    def _confirm(self) -> None:
        """Free what the service has. A full disk holds up no batch: the next ones are sent, and this is tried again."""
        if not self._unconfirmed:
            return
        try:
            self._spool.confirm(self._unconfirmed)
            self._unconfirmed, self._stuck = 0, ""
        except StoreError as error:
            if str(error) != self._stuck:
                _LOG.error("%s; what the service has already is not removed from the spool yet", error)
            self._stuck = str(error)

    def _tell(self) -> bool:
        """Report, when it is time; one that the service refuses, or that cannot be made, holds up no batch."""
        if time.monotonic() - self._reported < REPORT_EVERY:
            return False
        try:
            self._attempt(self._report)
        except (IngestError, OSError) as error:
            self._reported = time.monotonic()
            _LOG.error("no report to the service: %s; it is tried again", error)
        return True

    def _attempt(self, what: Callable[[], None]) -> bool:
        """Do it, or complain once, and pause longer each time."""
        try:
            what()
        except (AwayError, AuthenticationError, ConfigError, StoreError) as error:
            self._complain(error)
            self._tries += 1
            pause = min(LONGEST_PAUSE, 0.25 * 2 ** min(self._tries, 10))
            self._stopping.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  # so that not all come at once
            return False
        if self._complained:
            _LOG.warning("shipping to %s goes on; %d batches wait", self._sender.url, self._spool.waiting)
        self._tries, self._complained = 0, ""
        return True

    def _complain(self, error: Exception) -> None:
        if str(error) != self._complained:
            _LOG.warning("%s; what is seen is kept in the spool", error)
        self._complained = str(error)

    def _report(self) -> None:
        questions = self._sender.report(self._status(self._refused))
        self._reported = time.monotonic()
        self._asked(questions)
