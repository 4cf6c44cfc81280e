"""Gateways with nftables: what they are told stands in the feed that each of them follows (`sentinel enforce nftables`)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from sentinel.enforcement.base import EnforcementPoint
from sentinel.enforcement.feed import EVERYONE, Element, Feed
from sentinel.model.access import unzoned
from sentinel.model.enforcement import Command, Outcome, State, Verb

PATIENCE = 1.0  # seconds for a gateway to say that it has done it; after them it is `sent`


class Nftables(EnforcementPoint):
    """One gateway, by the name of its token, or everyone that follows the feed: what one is told, all of them do.

    Several commands may stop the same address: it is free again when the last of them was taken back, or has ended.
    """

    kind = "nftables"
    verbs = frozenset({Verb.QUARANTINE})

    def __init__(
        self, name: str, feed: Feed, clock: Callable[[], int] = time.time_ns, patience: float = PATIENCE, *,
        everyone: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(name, clock)
        self._feed, self._patience, self._gateway = feed, patience, EVERYONE if everyone else name
        self._lock = threading.Lock()
        self._asked: dict[Element, dict[str, int]] = {}  # by whom, and until when in ns

    def _apply(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        able = {command: element for command in commands if (element := element_of(command))}
        with self._lock:
            put: dict[Element, float] = {}
            for command, element in able.items():
                asked = self._live(element)
                asked[command.id] = self._clock() + command.ttl * 10**9
                put[element] = max(1.0, (max(asked.values()) - self._clock()) / 1e9)
            sequence = self._feed.put(put)
        return self._told(commands, able, sequence)

    def _undo(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        able = {command: element for command in commands if (element := element_of(command))}
        with self._lock:
            for command, element in able.items():
                self._live(element).pop(command.id, None)
            free = [element for element in able.values() if not self._live(element)]
            for element in free:
                self._asked.pop(element, None)
            sequence = self._feed.remove(dict.fromkeys(free))
        never = [self.acked(command, "it was never stopped") for command in commands if command not in able]
        if not self._feed.heard():  # who comes later is told with its first question, and none that came holds it
            return [*never, *(self.acked(command, "no gateway has asked yet") for command in able)]
        return [*never, *self._told(list(able), able, sequence)]

    def _live(self, element: Element) -> dict[str, int]:
        """Who asks for it still."""
        now = self._clock()
        asked = {each: until for each, until in self._asked.get(element, {}).items() if until > now}
        self._asked[element] = asked
        return asked

    def _told(self, commands: Sequence[Command], able: Mapping[Command, Element], sequence: int) -> Sequence[Outcome]:
        done = self._feed.reached(self._gateway, sequence, self._patience)
        state, detail = (State.ACKED, "") if done else (State.SENT, "the gateway has not said yet that it has done it")
        return [
            Outcome(each.id, self.name, state, self._clock(), detail) if each in able
            else self.failed(each, "the session has no address that is known") for each in commands
        ]  # fmt: skip


def element_of(command: Command) -> Element | None:
    """What stops it; nothing where the address is not known."""
    try:
        address = str(unzoned(command.binding.address))
        if command.flow is None:
            return Element("quarantine", (address,))
        there = str(unzoned(command.flow.address))
    except ValueError:
        return None
    return Element("flows", (address, there, command.flow.protocol, str(command.flow.port)))
