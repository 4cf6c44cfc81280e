"""A gateway: follows the feed of a service and carries it out by nftables.

While the service is away nothing new is let through, and what may be let through ends by itself; what is stopped stays
stopped. What cannot be carried out is not said to have been: the next question asks for the whole.
"""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlencode

from sentinel.enforcement import wire
from sentinel.enforcement.feed import Changes, Element
from sentinel.errors import AuthenticationError, EnforcementError
from sentinel.shipping.sender import AwayError, Service

PATH = "/enforce/v1/feed"
WAIT = 20.0  # seconds for which the service holds a question to which nothing has changed
PAUSE = 0.5  # seconds before a service that was away is asked again; doubled up to the longest
LONGEST_PAUSE = 10.0
_LARGEST = 1 << 26  # octets of an answer
_LOG = logging.getLogger(__name__)


class Source(Protocol):
    """Where changes come from."""

    def changes(self, epoch: str, since: int) -> Changes:
        """What has changed since, waited for; raises `AwayError` where that cannot be known now."""


class Sets(Protocol):
    """Where they are carried out: `Netfilter`."""

    def put(self, elements: dict[Element, float], removed: tuple[Element, ...] = (), *, whole: bool = False) -> None:
        """All of it or nothing; raises `EnforcementError`."""


class Remote:
    """The feed of a service, by HTTPS with the token of an enforcement point."""

    def __init__(self, service: Service, wait: float = WAIT) -> None:
        self._service, self._wait = service, wait

    def changes(self, epoch: str, since: int) -> Changes:
        """See `Source`."""
        asked = urlencode({"epoch": epoch, "since": since, "wait": self._wait})
        try:
            status, said = self._service.ask("GET", f"{PATH}?{asked}", largest=_LARGEST)
        except (OSError, http.client.HTTPException) as error:
            raise AwayError(f"`{self._service.url}` is away: {error or type(error).__name__}") from error
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise AuthenticationError(
                f"`{self._service.url}` does not know the token; `sentinel enforce add` gives one"
            )
        if status != HTTPStatus.OK:
            raise AwayError(f"`{self._service.url}` cannot say what may pass: it answers {status}")
        return wire.decode(said)


class Follower:
    """Carries out what a source says, until it is told to stop."""

    def __init__(self, source: Source, sets: Sets, pause: Callable[[float], bool] | None = None) -> None:
        self.stopping = threading.Event()
        self._source, self._sets = source, sets
        self._pause = pause or self.stopping.wait
        self._epoch, self._sequence = "", -1
        self._away = PAUSE

    def run(self) -> None:
        """Follow; never raises for what a service or nftables does."""
        while not self.stopping.is_set():
            try:
                self.step()
                self._away = PAUSE
            except (AwayError, AuthenticationError, EnforcementError) as error:
                _LOG.error("nothing new is let through, and what may pass ends by itself: %s", error)
                self._pause(self._away)
                self._away = min(self._away * 2, LONGEST_PAUSE)

    def step(self) -> None:
        """One question, and what the answer asks for."""
        try:
            changes = self._source.changes(self._epoch, self._sequence)
            self._sets.put(dict(changes.put), changes.removed, whole=changes.whole)
        except EnforcementError:
            self._epoch, self._sequence = "", -1
            raise
        self._epoch, self._sequence = changes.epoch, changes.sequence
        if changes.whole:
            _LOG.info("the whole was taken: %d elements", len(changes.put))
