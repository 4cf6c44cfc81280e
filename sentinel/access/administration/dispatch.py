"""Commands on their way to enforcement points: a queue and a thread for each, so that one that is slow holds up no other.

INVARIANT: what cuts a safety-critical session without two approvals does not leave here (`Command.cleared`).
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sentinel.enforcement.base import EnforcementPoint
from sentinel.model.enforcement import Command, Outcome, Verb

_LOG = logging.getLogger(__name__)
_PARTING = 3.0  # seconds to wait for a point when the door closes
_MOST = 1000  # commands at once


@dataclass(frozen=True, slots=True)
class _Job:
    command: Command
    undo: bool


class At(NamedTuple):
    """How it stands at a point: its kind, how many commands wait, and what came last, if anything did."""

    kind: str
    waiting: int
    last: Outcome | None


class Heard(Protocol):
    """Whoever is told what came of commands."""

    def came(self, outcome: Outcome) -> None:
        """Of one that was carried out, or was not."""

    def undone(self, outcome: Outcome) -> None:
        """Of one that was taken back, or was not."""

    def broke(self, point: str, error: Exception) -> None:
        """What came of commands there could not be taken in."""


class _Lane:
    """The queue of one point, and its thread, until it is told to end: then it carries out what waits, and closes the point."""

    def __init__(self, point: EnforcementPoint, run: Callable[[_Lane], None]) -> None:
        self.point = point
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=run, args=(self,), daemon=True, name=f"point {point.name}")
        self._thread.start()

    def put(self, job: _Job) -> None:
        """Have it carried out after what waits."""
        self._waiting.put(job)

    def gather(self) -> tuple[list[_Job], bool]:
        """What waits, at least one; and whether that was the end."""
        jobs: list[_Job] = []
        job = self._waiting.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == _MOST:
                return jobs, False
            try:
                job = self._waiting.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def rest(self) -> Iterator[_Job]:
        """What waits, for somebody else; it ends."""
        with contextlib.suppress(queue.Empty):
            while True:
                if (job := self._waiting.get_nowait()) is not None:
                    yield job
        self.end()

    def end(self) -> None:
        """Carry out what waits, and no more."""
        self._waiting.put(None)

    @property
    def ended(self) -> bool:
        """Whether all is carried out."""
        return not self._thread.is_alive()

    def join(self) -> None:
        """Wait for the end, for some time."""
        self._thread.join(_PARTING)


class Dispatch:
    """Hands commands to points by their names; `heard` is told what came of each."""

    def __init__(self, points: Sequence[EnforcementPoint], heard: Heard) -> None:
        self._heard = heard
        self._last: dict[str, Outcome] = {}
        self._lock = threading.Lock()
        self._waiting: Counter[str] = Counter()  # with those that are being carried out
        self._lanes: Mapping[str, _Lane] = {}
        self._ending: tuple[_Lane, ...] = ()  # of points that were taken away or changed, while commands wait there
        self.take_up(points)

    def take_up(self, points: Sequence[EnforcementPoint]) -> frozenset[str]:
        """Have these points and no others, from now on; the names of those that are new or changed.

        What waits for one that has changed goes to it as it is now; one that is gone carries out what waits.
        """
        with self._lock:
            before, now = self._lanes, {point.name: point for point in points}
            kept = {name: lane for name, lane in before.items() if lane.point is now.get(name)}
            new = {name: _Lane(point, self._run) for name, point in now.items() if name not in kept}
            gone = [lane for name, lane in before.items() if name not in kept]
            self._lanes = kept | new
            for lane in (*self._ending, *gone):
                if lane.point.name in new:
                    for job in lane.rest():
                        new[lane.point.name].put(job)
            for lane in gone:
                lane.end()
            self._ending = tuple(lane for lane in (*gone, *self._ending) if not lane.ended)
            return frozenset(new)

    def able(self, verb: Verb) -> tuple[str, ...]:
        """The points that can be told this."""
        return tuple(name for name, lane in self._lanes.items() if verb in lane.point.verbs)

    def standing(self) -> Mapping[str, At]:
        """How it stands at each point."""
        return {
            name: At(lane.point.kind, self._waiting[name], self._last.get(name)) for name, lane in self._lanes.items()
        }

    def send(self, command: Command, points: Sequence[str]) -> None:
        """Have these points carry it out."""
        if not command.cleared:
            _LOG.error("a safety-critical session is cut by two persons only; a command was kept back")
            return
        self._put(command, points, undo=False)

    def undo(self, command: Command, points: Sequence[str]) -> None:
        """Have them take it back."""
        self._put(command, points, undo=True)

    def _put(self, command: Command, points: Sequence[str], *, undo: bool) -> None:
        with self._lock:  # so that none goes into a queue that has just ended
            for name in points:
                if name in self._lanes:
                    self._waiting[name] += 1
                    self._lanes[name].put(_Job(command, undo))

    def _run(self, lane: _Lane) -> None:
        point, ended = lane.point, False
        while not ended:
            jobs, ended = lane.gather()
            for undo, commands in _runs(jobs):
                try:
                    self._carry(point, commands, undo=undo)
                except Exception as error:  # noqa: BLE001  # whatever broke, what waits is carried out
                    _LOG.exception("what came of commands at `%s` is not known", point.name)
                    with contextlib.suppress(Exception):
                        self._heard.broke(point.name, error)
                finally:
                    with self._lock:
                        self._waiting[point.name] -= len(commands)
        point.close()

    def _carry(self, point: EnforcementPoint, commands: Sequence[Command], *, undo: bool) -> None:
        """Have it done, and each outcome taken in: one that cannot be holds up no other; raises the last of what broke."""
        broken: Exception | None = None
        for outcome in point.undo(commands) if undo else point.apply(commands):
            self._last[point.name] = outcome
            try:
                (self._heard.undone if undo else self._heard.came)(outcome)
            except Exception as error:  # noqa: BLE001  # the thread outlives whatever one outcome does
                broken = error
        if broken:
            raise broken

    def close(self) -> None:
        """Carry out what waits, and end."""
        lanes = (*self._lanes.values(), *self._ending)
        for lane in lanes:
            lane.end()
        for lane in lanes:
            lane.join()


def _runs(jobs: Sequence[_Job]) -> Iterator[tuple[bool, list[Command]]]:
    """The jobs in order, those alike that follow each other together."""
    at = 0
    while at < len(jobs):
        undo = jobs[at].undo
        run = [jobs[at].command]
        while at + len(run) < len(jobs) and jobs[at + len(run)].undo is undo:
            run.append(jobs[at + len(run)].command)
        at += len(run)
        yield undo, run
