"""What gateways have to let through and to stop, as a feed: each follows it from where it stands, and its question says how far it came.

Elements end by themselves. A gateway that comes anew, or fell behind, is given the whole: what it may let through is then
that and nothing else; so there is no whole before all of it was put once (`fill`), and until then a gateway keeps what it
has. What it has to stop it goes on stopping until that ends or is taken back: a restart of the service sets nothing free.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

OPENING = ("permits", "critical")
CLOSING = ("quarantine", "flows")
SETS = (*OPENING, *CLOSING)
EVERYONE = ""
FOLLOWED = 60.0  # seconds after which a gateway that does not ask follows no more
MOST_REMOVED = 100_000  # removals that are remembered; who has not heard of an earlier one is given the whole


class Element(NamedTuple):
    """What stands in a set: an address, or a terminal's address with the address, protocol and port that it goes to."""

    set: str
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What to put, each for so many seconds, and what to remove, to come to `sequence`."""

    epoch: str
    sequence: int
    whole: bool
    put: Mapping[Element, float]
    removed: tuple[Element, ...]


class Feed:
    """Elements by when they changed last. May be used from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.epoch = secrets.token_hex(8)
        self._clock = clock
        self._changed = threading.Condition()
        self._sequence = 0
        self._filled = False
        self._ends: OrderedDict[Element, tuple[int, float]] = OrderedDict()  # the last to change stands last
        self._removed: OrderedDict[Element, int] = OrderedDict()
        self._forgotten = 0  # the last removal that is not remembered any more
        self._reached: dict[str, tuple[int, float]] = {}  # by gateway: how far it came, and when it asked

    def put(self, elements: Mapping[Element, float]) -> int:
        """Have these for so many seconds from now; the sequence at which they are."""
        with self._changed:
            for element, seconds in elements.items():
                self._sequence += 1
                self._removed.pop(element, None)
                self._ends[element] = (self._sequence, self._clock() + seconds)
                self._ends.move_to_end(element)
            self._changed.notify_all()
            return self._sequence

    def fill(self) -> None:
        """Say that all that may pass was put: from now on there is a whole."""
        with self._changed:
            self._filled = True
            self._changed.notify_all()

    def remove(self, elements: Iterable[Element]) -> int:
        """Have these no more, also where only a gateway knows of them."""
        with self._changed:
            for element in elements:
                self._sequence += 1
                self._ends.pop(element, None)
                self._removed[element] = self._sequence
                self._removed.move_to_end(element)
            while len(self._removed) > MOST_REMOVED:
                self._forgotten = self._removed.popitem(last=False)[1]
            self._changed.notify_all()
            return self._sequence

    def changes(self, gateway: str, epoch: str, since: int, wait: float) -> Changes:
        """What has changed since; where nothing has, it is waited for. Who asks has done all before."""
        with self._changed:
            known = epoch == self.epoch and self._forgotten <= since <= self._sequence
            self._reach(gateway, since if known else -1)
            if known:
                self._changed.wait_for(lambda: self._sequence > since, wait)
            elif not self._changed.wait_for(lambda: self._filled, wait):
                return self._stopped()
            return self._changes(since if known else -1)

    def _stopped(self) -> Changes:
        """What has to be stopped, to whoever waits for the whole: they come no further by it, and ask again."""
        changes = self._changes(-1)
        put = {element: seconds for element, seconds in changes.put.items() if element.set in CLOSING}
        return Changes("", -1, False, put, tuple(each for each in changes.removed if each.set in CLOSING))

    def _changes(self, since: int) -> Changes:
        now, put = self._clock(), dict[Element, float]()
        for element in reversed(self._ends):
            sequence, ends = self._ends[element]
            if sequence <= since:
                break
            if ends > now:
                put[element] = ends - now
        removed = []
        for element in reversed(self._removed):
            if self._removed[element] <= since:
                break
            removed.append(element)
        return Changes(self.epoch, self._sequence, since < 0, put, tuple(removed))

    def _reach(self, gateway: str, sequence: int) -> None:
        self._reached[gateway] = (sequence, self._clock())
        self._changed.notify_all()

    @property
    def following(self) -> frozenset[str]:
        """The gateways that follow it."""
        now = self._clock()
        return frozenset(gateway for gateway, (_, asked) in list(self._reached.items()) if now - asked < FOLLOWED)

    def heard(self) -> Mapping[str, float]:
        """The seconds since each gateway asked last."""
        now = self._clock()
        return {gateway: now - asked for gateway, (_, asked) in list(self._reached.items())}

    def _followers(self) -> list[int]:
        """How far each came that follows."""
        now = self._clock()
        return [sequence for sequence, asked in list(self._reached.values()) if now - asked < FOLLOWED]

    def reached(self, gateway: str, sequence: int, wait: float) -> bool:
        """Whether the gateway (`EVERYONE`: all that follow, at least one) has done all up to there, within so many seconds."""
        with self._changed:
            if gateway == EVERYONE and not self._followers():
                return False  # nobody is going to
            return self._changed.wait_for(lambda: self._has_reached(gateway, sequence), wait)

    def _has_reached(self, gateway: str, sequence: int) -> bool:
        found = self._followers() if gateway == EVERYONE else [self._reached.get(gateway, (-1, 0.0))[0]]
        return bool(found) and min(found) >= sequence

    def standing(self, name: str) -> Mapping[Element, float]:
        """The elements of a set that have not ended, with the seconds left."""
        with self._changed:
            now = self._clock()
            ended = [each for each, (_, ends) in self._ends.items() if ends <= now]
            for each in ended:
                del self._ends[each]
            return {each: ends - now for each, (_, ends) in self._ends.items() if each.set == name}
