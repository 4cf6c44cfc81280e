"""The agent on a gateway: follows the feed of a service and carries it out by nftables.

While the service is away nothing new is let through, and what may be let through ends by itself; what is stopped stays
stopped. What cannot be carried out is not said to have been: the next question asks for the whole. The table is looked
after beside that: `nft flush ruleset`, with which other firewalls load, takes it away, and then everything would pass.
"""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlencode

from sentinel.enforcement import wire
from sentinel.enforcement.feed import Changes, Element
from sentinel.errors import AuthenticationError, EnforcementError
from sentinel.shipping.sender import AwayError, Service

PATH = "/enforce/v1/feed"
WAIT = (
    5.0  # seconds for which the service holds a question to which nothing has changed; permits are back after as long
)
LOOK = 0.5  # seconds between two looks whether the table is there
PAUSE = 0.5  # seconds before a service that was away is asked again; doubled up to the longest
LONGEST_PAUSE = 10.0
_LARGEST = 1 << 26  # octets of an answer
_LOG = logging.getLogger(__name__)


class Source(Protocol):
    """Where changes come from."""

    def changes(self, epoch: str, since: int, lost: int = 0) -> Changes:
        """What has changed since, waited for; raises `AwayError` where that cannot be known now. `lost`: how often the table was."""


class Sets(Protocol):
    """Where they are carried out: `Netfilter`."""

    def begin(self, pools: Iterable[str]) -> None:
        """Have the table, closed; raises `EnforcementError`."""

    def stands(self) -> bool:
        """Whether it is there as it was begun."""

    def put(self, elements: dict[Element, float], removed: tuple[Element, ...] = (), *, whole: bool = False) -> None:
        """All of it or nothing; raises `EnforcementError`."""


class Remote:
    """The feed of a service, by HTTPS with the token of an enforcement point."""

    def __init__(self, service: Service, wait: float = WAIT) -> None:
        self._service, self._wait = service, wait

    def changes(self, epoch: str, since: int, lost: int = 0) -> Changes:
        """See `Source`."""
        said = {"lost": lost} if lost else {}
        asked = urlencode({"epoch": epoch, "since": since, "wait": self._wait, **said})
        try:
            status, answer = self._service.ask("GET", f"{PATH}?{asked}", largest=_LARGEST)
        except (OSError, http.client.HTTPException) as error:
            raise AwayError(f"`{self._service.url}` is away: {error or type(error).__name__}") from error
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise AuthenticationError(
                f"`{self._service.url}` does not know the token; `sentinel enforce add` gives one"
            )
        if status != HTTPStatus.OK:
            raise AwayError(f"`{self._service.url}` cannot say what may pass: it answers {status}")
        return wire.decode(answer)


class Follower:
    """Carries out what a source says, until it is told to stop."""

    def __init__(
        self, source: Source, sets: Sets, pools: Sequence[str], pause: Callable[[float], bool] | None = None
    ) -> None:  # fmt: skip
        self.stopping = threading.Event()
        self._source, self._sets, self._pools = source, sets, pools
        self._pause = pause or self.stopping.wait
        self._epoch, self._sequence = "", -1
        self._away = PAUSE
        self._lock = threading.Lock()
        self._lost = 0  # how often the table was, of which the service has not heard

    def start(self) -> None:
        """Have the table, and follow in threads of its own; raises `EnforcementError` where there can be none."""
        self._sets.begin(self._pools)
        for act in (self.run, self.watch):
            threading.Thread(target=act, daemon=True, name=act.__name__).start()

    def watch(self) -> None:
        """See to the table; beside `run`, whose questions take long."""
        while not self.stopping.wait(LOOK):
            try:
                self.look()
            except EnforcementError as error:
                _LOG.error("the table is not there, and everything passes: %s", error)

    def look(self) -> None:
        """Have the table again where it is not there: closed, until the service says what may pass."""
        if self._sets.stands():
            return
        with self._lock:
            self._lost += 1
        self._sets.begin(self._pools)
        _LOG.error("another program took the table away, or changed it; it is there again, and closed")

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
        lost = self._lost
        try:
            if lost:
                self._epoch, self._sequence = "", -1
            changes = self._source.changes(self._epoch, self._sequence, lost)
            with self._lock:
                self._lost -= lost
            self._sets.put(dict(changes.put), changes.removed, whole=changes.whole)
        except EnforcementError:
            self._epoch, self._sequence = "", -1
            self.look()
            raise
        self._epoch, self._sequence = changes.epoch, changes.sequence
        if changes.whole:
            _LOG.info("the whole was taken: %d elements", len(changes.put))
