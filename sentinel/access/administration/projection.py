"""What the policy lets through, as addresses and ports: for enforcement points that see packets and no requests.

A packet filter sees no verbs, so it opens what `connect` is allowed to, and nothing else. Each permit is a decision like any
other, recorded, for the session that holds the address now, and for a time; it is decided anew before that ends, and with
each look whether it would still be given. A verb that the policy refuses within an allowed connection is for points that
read the protocol.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from sentinel.access.deciding.decider import Decider
from sentinel.access.information.pip import Asked
from sentinel.enforcement.feed import Element, Feed
from sentinel.errors import SentinelError
from sentinel.model.access import Resource

TTL = 300  # seconds that a permit lasts where no rule says for how long
EVERY = 0.5  # seconds between two looks, at the least; a look that takes long is followed by twice its time
GATEWAYS = "nftables"  # all of them together
CONNECT = "connect"
_NOTHING = Resource("app", known=False)
_CRITICAL = 3600.0
_FILTERED = frozenset({"tcp", "udp", "sctp"})
_LOG = logging.getLogger(__name__)


class Passage(NamedTuple):
    """Who was given it, under which decision, and until when."""

    supi: str
    decision: str
    given: float
    ends: float
    asked: Asked
    version: int = 0  # of the policy
    gateways: frozenset[str] = frozenset()  # on whose behalf it was decided


class Interlocked(Protocol):
    """Whoever knows what may not be cut by itself."""

    def observes(self, asked: Asked, version: int) -> bool:
        """Whether what was allowed under this policy goes on though it would be denied now: people are asked first."""

    def critical(self) -> Sequence[str]:
        """The addresses of safety-critical sessions."""


class Projection:
    """Keeps the permits of a feed as the policy has them, but for what the safety interlock holds."""

    def __init__(
        self, decider: Decider, feed: Feed, clock: Callable[[], float] = time.time, interlock: Interlocked | None = None
    ) -> None:  # fmt: skip
        self._decider, self._feed, self._clock, self._interlock = decider, feed, clock, interlock
        self._permits: dict[Element, Passage] = {}
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    @property
    def permits(self) -> Mapping[Element, Passage]:
        """What may pass now."""
        return self._permits

    def refresh(self) -> None:
        """Decide anew: what would not be given any more is withdrawn at once, what ends soon is given again."""
        with self._lock:
            now = self._clock()
            wanted = dict(self._wanted(now))
            gone = [each for each, permit in self._permits.items() if not self._stands(each, permit, wanted, now)]
            for each in gone:
                del self._permits[each]
            if gone:
                self._feed.remove(gone)
            observed = {each: TTL for each in self._permits if each not in wanted}
            given = observed | {element: permit.ends - now for element, permit in self._given(wanted, now)}
            self._feed.put({**given, **self._critical()})
            self._feed.fill()

    def _wanted(self, now: float) -> Iterator[tuple[Element, Asked]]:
        """All that would be allowed now."""
        pip, at = self._decider.pip, int(now * 1e9)
        resources = [each for each in pip.catalogue.all if each.protocol in _FILTERED and each.port >= 0]
        for supi in pip.terminals():
            for address in pip.addresses(supi, at):
                for asked in self._decider.allowed(Asked(_NOTHING, CONNECT, at, supi, address), resources):
                    yield _element(address, asked.resource), asked

    def _stands(self, element: Element, permit: Passage, wanted: Mapping[Element, Asked], now: float) -> bool:
        asked = wanted.get(element)
        if asked is None and self._interlock and self._interlock.observes(permit.asked, permit.version):
            self._permits[element] = permit._replace(ends=now + TTL)
            return True
        return asked is not None and asked.supi == permit.supi and permit.ends > now

    def _given(self, wanted: Mapping[Element, Asked], now: float) -> Iterator[tuple[Element, Passage]]:
        """New permits, those past the middle of their time, and all for a gateway that has come: decisions name whom they are for."""
        gateways = self._feed.following
        due = {element: asked for element, asked in wanted.items() if self._is_due(element, now, gateways)}
        named = ", ".join(sorted(gateways)) or GATEWAYS
        answers = self._decider.answer([self._decider.judge(asked) for asked in due.values()], named)
        for (element, asked), answer in zip(due.items(), answers, strict=True):
            if not answer.decision.allowed:
                continue
            ttl = answer.decision.obligations.get("ttl", TTL)
            ends = now + (ttl if isinstance(ttl, int) else TTL)
            self._permits[element] = Passage(
                asked.supi, answer.id, now, ends, asked, answer.decision.version, gateways
            )  # fmt: skip
            yield element, self._permits[element]

    def _is_due(self, element: Element, now: float, gateways: frozenset[str]) -> bool:
        held = self._permits.get(element)
        return held is None or now >= (held.given + held.ends) / 2 or not gateways <= held.gateways

    def _critical(self) -> Mapping[Element, float]:
        """Terminals whose live flows outlive their permits, told anew while they hold their address."""
        pip, at = self._decider.pip, int(self._clock() * 1e9)
        listed = [address for supi in pip.critical() for address in pip.addresses(supi, at)]
        told_us = self._interlock.critical() if self._interlock else ()
        found = [Element("critical", (address,)) for address in dict.fromkeys([*listed, *told_us])]
        told = self._feed.standing("critical")
        gone = [each for each in told if each not in found]
        if gone:
            self._feed.remove(gone)
        return {each: _CRITICAL for each in found if told.get(each, 0) < _CRITICAL / 2}

    def tend(self) -> None:
        """Do so again and again, while a gateway follows, in a thread of its own until `close`."""
        threading.Thread(target=self._tend, daemon=True, name="projection").start()

    def _tend(self) -> None:
        pause = EVERY
        while not self._stopping.wait(pause):
            began = time.monotonic()
            if self._feed.following:
                self._tried()
            pause = max(EVERY, 2 * (time.monotonic() - began))

    def _tried(self) -> None:
        try:
            self.refresh()
        except SentinelError as error:  # what was given ends by itself
            _LOG.error("permits cannot be decided anew: %s", error)

    def close(self) -> None:
        """End what goes on beside."""
        self._stopping.set()


def _element(address: str, resource: Resource) -> Element:
    return Element("permits", (address, resource.address, resource.protocol, str(resource.port)))
