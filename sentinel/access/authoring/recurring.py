"""Past accesses that recur: a million flows are few different ones, and what was decided of one holds for all that are alike.

Two accesses are alike where both policies read the same of them: the names by which rules mean the terminal, the resource, the
action, and of the facts those that rules ask for. Of what time alone changes (the moment, the minute of the week, the age of
the session) only its place among the bounds of conditions counts; what a decision says of it is said anew. All other facts
stay the same in one phase of what a terminal held (`sentinel.access.information.timelines`), and are made once for each.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from sentinel.access.engine.conditions import Within
from sentinel.access.engine.policy import Policy
from sentinel.access.information.pip import SECOND, Asked, Pip
from sentinel.access.information.timelines import Timelines, sessions
from sentinel.model.access import Decision
from sentinel.state.calendar import minute_of_week

MOST = 200_000  # different ones that are remembered; then they are decided anew
MOVING = ("time", "minute", "session_age")  # numbers that time changes
_Verdict = TypeVar("_Verdict")


class _Standing(NamedTuple):
    """Who asks, and what is so of them in one phase: what policies read of it, each once; and since when the session is."""

    read: tuple[object, ...]
    since: int | None


class _NotYet:
    """Nobody has looked."""


_NOT_YET = _NotYet()


@dataclass(slots=True)
class _Lane:
    """One terminal's way to one thing: its standings by phase, and what was decided, by what tells two of them apart."""

    standings: dict[int, _Standing | None] = field(default_factory=dict)
    known: dict[tuple[object, ...], object] = field(default_factory=dict)


class Recurring:
    """What was decided of accesses, by all that these policies read of them."""

    def __init__(self, pip: Pip, timelines: Timelines, *policies: Policy) -> None:
        atoms = [atom for policy in policies for rule in policy.rules for atom in rule.atoms]
        names = {atom.name for atom in atoms}
        self._policies = policies
        self._subjects = {subject for policy in policies for rule in policy.rules for subject in rule.subjects}
        self._zones = tuple(dict.fromkeys(policy.zone for policy in policies))
        within = [atom for atom in atoms if isinstance(atom, Within)]
        self._bounds = {
            name: sorted({edge for atom in within if atom.name == name for low, high in atom.ranges for edge in (low, high + 1)})
            for name in MOVING if name in names
        }  # fmt: skip
        trusting = {name for name in names if name == "trust" or name.startswith("posture:")}
        self._trusts, self._permits = bool(trusting), "ticket" in names
        self._lasting = sorted(names - trusting - {"ticket", *MOVING})
        self._pip, self._timelines = pip, timelines
        self._standings: dict[tuple[object, ...], _Standing | None] = {}
        self._alike: dict[
            tuple[object, ...], tuple[object, ...]
        ] = {}  # each standing once: to be told apart by which it is
        self._known: dict[tuple[object, ...], object] = {}
        self._lanes: dict[tuple[object, ...], _Lane] = {}

    def of(self, asked: Asked, decide: Callable[[Asked], tuple[_Verdict, Decision]]) -> tuple[_Verdict, Decision]:
        """What is decided of an access, by `decide` where it is the first of those that are alike."""
        way = (asked.supi, asked.address, asked.resource, asked.action)
        lane = self._lanes.get(way)
        if lane is None:
            self._make_room(self._lanes)
            lane = self._lanes[way] = _Lane()
        standing = self._standing(asked, lane)
        if standing is None:
            return decide(asked)
        moving = self._moving(asked.at, standing)
        trust = self._pip.trust(asked.supi, asked.at) if self._trusts else None
        places = [bisect_right(bounds, moving[name]) for name, bounds in self._bounds.items() if name in moving]
        apart = (id(standing.read), trust, self._permits and self._pip.stands(asked), *places)
        found: tuple[_Verdict, Decision] | None = lane.known.get(apart)  # type: ignore[assignment]  # of one `decide`
        if found is None:
            found = lane.known[apart] = self._among_all((asked.resource, asked.action, apart), lambda: decide(asked))
        verdict, decision = found
        return verdict, _said_anew(decision, moving) if decision.misses else decision

    def _among_all(
        self, key: tuple[object, ...], decide: Callable[[], tuple[_Verdict, Decision]]
    ) -> tuple[_Verdict, Decision]:
        """What is known of one that is alike, whosever it was."""
        found: tuple[_Verdict, Decision] | None = self._known.get(key)  # type: ignore[assignment]  # as above
        if found is None:
            self._make_room(self._known)
            found = self._known[key] = decide()
        return found

    def _make_room(self, remembered: Sized) -> None:
        if len(remembered) < MOST:
            return
        for each in (self._standings, self._alike, self._known, self._lanes):
            each.clear()

    def _standing(self, asked: Asked, lane: _Lane) -> _Standing | None:
        """Who asks, in one phase; none where what time changes is not the same for all sessions."""
        number = self._timelines.number(asked.supi, asked.at)
        found = lane.standings.get(number, _NOT_YET)
        if isinstance(found, _NotYet):
            found = lane.standings[number] = self._whose((asked.supi, number, asked.address), asked)
        return found

    def _whose(self, key: tuple[object, ...], asked: Asked) -> _Standing | None:
        if key not in self._standings:
            self._make_room(self._standings)
            phase = self._timelines.at(asked.supi, asked.at)
            begins = {each.since for each in sessions(phase.held, asked.address)}
            made = self._made(asked)
            alone = len(begins) <= 1 and len(self._zones) == 1
            read = self._alike.setdefault(made, made)
            self._standings[key] = _Standing(read, begins.pop() if begins else None) if alone else None
        return self._standings[key]

    def _made(self, asked: Asked) -> tuple[object, ...]:
        first, *others = self._policies
        request = self._pip.request(asked, first.groups)[0]
        known = request.subject.known
        several = [request, *(self._pip.regrouped(request, each.groups) for each in others if known)]
        keys = tuple(tuple(key for key in each.subject.keys if key in self._subjects) for each in several)
        return (known, request.site, keys, tuple(request.context.get(name) for name in self._lasting))

    def _moving(self, at: int, standing: _Standing) -> Mapping[str, int]:
        """The numbers that time changes and rules ask for."""
        found: dict[str, int] = {}
        for name in self._bounds:
            if name == "time":
                found[name] = at
            elif name == "minute":
                found[name] = minute_of_week(at, self._zones[0])
            elif standing.since is not None:
                found[name] = (at - standing.since) // SECOND
        return found


def _said_anew(decision: Decision, moving: Mapping[str, int]) -> Decision:
    """The same decision, with the numbers of this access in what nearly allowed it."""
    if not any(miss.clause in moving for miss in decision.misses):
        return decision
    misses = tuple(
        miss._replace(got=str(moving[miss.clause])) if miss.clause in moving else miss for miss in decision.misses
    )
    return decision._replace(misses=misses)
