"""What is remembered of every terminal beyond its contexts and sessions: device, capabilities, place, when it was seen."""

from __future__ import annotations

from dataclasses import dataclass, field

from sentinel.state.bounded import Bounded
from sentinel.state.contexts import UeContext
from sentinel.state.identity import later
from sentinel.state.sessions import Session
from sentinel.state.table import Table

_MOST = 16  # contexts and sessions of one terminal that are kept in view
DAY = 24 * 3600 * 10**9


@dataclass(slots=True, eq=False)
class Terminal:
    """A subscriber, by its SUPI."""

    first: int = 0
    told: int = 0  # when anything was last learnt of it
    seen: int = 0  # when it last registered, asked for service or had a session set up
    pei: str = ""  # the device it was first seen with, or that was accepted since
    nci: str = ""
    moved: int = 0  # when it came to that cell
    placed: int = 0  # when it was last seen in that cell
    home: str = ""  # the cell it was first seen in
    capability: tuple[str, ...] = ()  # the strongest security capability it announced
    prints: dict[str, str] = field(default_factory=dict)  # what it looks like: radio capability, client ids …
    types: tuple[str, ...] = ()  # PDU session types it used
    contexts: tuple[UeContext, ...] = ()
    sessions: tuple[Session, ...] = ()

    def live_contexts(self) -> tuple[UeContext, ...]:
        """N2 contexts that are not over."""
        return tuple(each for each in self.contexts if each.ended is None)

    def live_sessions(self) -> tuple[Session, ...]:
        """PDU sessions that are not over."""
        return tuple(each for each in self.sessions if each.ended is None)


class Terminals(Table):
    """Terminals by SUPI, and the subscribers of each device."""

    kept = ("_known", "_devices")

    def __init__(self, cap: int = 200_000) -> None:
        self._known: Bounded[str, Terminal] = Bounded(cap)
        self._devices: Bounded[str, tuple[tuple[str, int], ...]] = Bounded(cap)  # IMEI to SUPIs, and when

    def of(self, supi: str, now: int) -> Terminal | None:
        """What is remembered of a subscriber, unless it was learnt after `now`."""
        terminal = self._known.get(supi)
        return None if terminal is None or later(terminal.told, now) else terminal

    def known(self, supi: str) -> Terminal | None:
        """The same, whenever it was learnt: for a look that no event asks for."""
        return self._known.get(supi)

    def meet(self, supi: str, now: int) -> Terminal:
        """The same; a new one is remembered from now on. To the past it is a stranger, who is forgotten at once."""
        terminal = self._known.get(supi)
        if terminal is None:
            terminal = self._known[supi] = Terminal(first=now)
        elif later(terminal.told, now):
            return Terminal(first=now)
        else:
            self._known.move_to_end(supi)  # a spray of strangers makes us forget who is idle, not who is here
        terminal.told = max(terminal.told, now)
        return terminal

    def in_context(self, supi: str, context: UeContext, now: int, *, placed: bool) -> None:
        """The subscriber is in this context; `placed` says that it was just told in which cell."""
        terminal = self.meet(supi, now)
        if context not in terminal.contexts:
            terminal.contexts = (*terminal.live_contexts(), context)[-_MOST:]
        if context.nci and context.nci != terminal.nci:
            terminal.nci, terminal.moved = context.nci, now
            terminal.home = terminal.home or context.nci
        if placed:
            terminal.placed = now

    def has_session(self, supi: str, session: Session, now: int) -> None:
        """The session is the subscriber's."""
        terminal = self.meet(supi, now)
        terminal.seen = max(terminal.seen, now)
        if session not in terminal.sessions:
            terminal.sessions = (*terminal.live_sessions(), session)[-_MOST:]

    def in_device(self, supi: str, pei: str, now: int) -> None:
        """The subscriber is in this device."""
        terminal = self.meet(supi, now)
        terminal.pei = terminal.pei or pei
        device = pei[:14]  # TAC and serial number: the check digit or software version after them may differ
        known = self._devices.get(device, ())
        others = tuple((who, when) for who, when in known if who != supi and now - when <= DAY)
        latest = max((when for who, when in known if who == supi), default=now)
        self._devices[device] = (*others, (supi, max(now, latest)))[-_MOST:]

    def subscribers(self, pei: str, now: int) -> tuple[str, ...]:
        """Who was in this device within the day before."""
        known = self._devices.get(pei[:14], ())
        return tuple(who for who, when in known if now - when <= DAY and not later(when, now))
