"""A collector's answers to what its service asks of the ring; the service never calls here.

A service says what it wants in its answer to a report. A thread cuts that out and sends it, so that nothing waits for it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence

from sentinel.crypto.digest import digest_sha256
from sentinel.errors import AuthenticationError, ConfigError, EvidenceError, IngestError
from sentinel.evidence.ring import Ring
from sentinel.evidence.wanted import Wanted, answer, read
from sentinel.shipping.sender import AwayError, Sender

_LOG = logging.getLogger(__name__)
_MOST = 4  # questions at once
_LAST = 5.0  # seconds for the one that is being answered when told to stop


class Answers:
    """Answers questions, one after the other."""

    def __init__(self, ring: Ring, sender: Sender) -> None:
        self._ring, self._sender = ring, sender
        self._waiting: queue.Queue[Wanted | None] = queue.Queue(_MOST + 1)
        self._known: set[str] = set()  # being answered, or refused
        self._thread = threading.Thread(target=self._run, daemon=True, name="answers")
        self._thread.start()

    def take(self, questions: Sequence[object]) -> None:
        """What the service wants now; it says so again until it has it."""
        for question in questions[:_MOST]:
            try:
                wanted = read(question)
            except EvidenceError as error:
                _LOG.warning("the service asks for packets in a way that is not understood: %s", error)
                continue
            if wanted.id not in self._known and self._waiting.qsize() < _MOST:
                self._known.add(wanted.id)
                self._waiting.put(wanted)

    def _run(self) -> None:
        while (wanted := self._waiting.get()) is not None:
            try:
                self._answer(wanted)
            except IngestError as error:
                _LOG.error("the service refused the packets that it asked for: %s", error)
                continue  # nor would it take them another time
            except (AwayError, AuthenticationError, ConfigError, EvidenceError) as error:
                _LOG.warning("the packets that the service asked for are not sent: %s", error)
            self._known.discard(wanted.id)

    def _answer(self, wanted: Wanted) -> None:
        octets, packets, more = answer(self._ring, wanted)
        self._sender.answer(wanted.id, octets, more=more)
        _LOG.info("the service asked for packets about %s%s: sent %d, SHA-256 %s", ", ".join(wanted.subjects[:4]),
                  " and others" if len(wanted.subjects) > 4 else "", packets, digest_sha256(octets))  # fmt: skip

    def close(self) -> None:
        """Answer nothing more."""
        self._waiting.put(None)
        self._thread.join(_LAST)
        self._sender.close()
