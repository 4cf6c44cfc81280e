"""Commands on their way to enforcement points: a queue and a thread for each, so that one that is slow holds up no other.

INVARIANT: what cuts a safety-critical session without two approvals does not leave here (`Command.cleared`).
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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


class Dispatch:
    """Hands commands to points by their names; `heard` is told what came of each."""

    def __init__(self, points: Sequence[EnforcementPoint], heard: Heard) -> None:
        self._points: Mapping[str, EnforcementPoint] = {point.name: point for point in points}
        self._heard = heard
        self._last: dict[str, Outcome] = {}
        self._lock = threading.Lock()
        self._waiting: Counter[str] = Counter()  # with those that are being carried out
        self._queues: dict[str, queue.SimpleQueue[_Job | None]] = {name: queue.SimpleQueue() for name in self._points}
        self._threads = [
            threading.Thread(target=self._run, args=(point,), daemon=True, name=f"point {name}")
            for name, point in self._points.items()
        ]
        for thread in self._threads:
            thread.start()

    def able(self, verb: Verb) -> tuple[str, ...]:
        """The points that can be told this."""
        return tuple(name for name, point in self._points.items() if verb in point.verbs)

    def standing(self) -> Mapping[str, At]:
        """How it stands at each point."""
        return {name: At(point.kind, self._waiting[name], self._last.get(name)) for name, point in self._points.items()}

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
        for name in points:
            if name in self._queues:
                self._count(name, 1)
                self._queues[name].put(_Job(command, undo))

    def _count(self, name: str, more: int) -> None:
        with self._lock:
            self._waiting[name] += more

    def _run(self, point: EnforcementPoint) -> None:
        ended = False
        while not ended:
            jobs, ended = self._gather(self._queues[point.name])
            for undo, commands in _runs(jobs):
                try:
                    self._carry(point, commands, undo=undo)
                except Exception as error:  # noqa: BLE001  # whatever broke, what waits is carried out
                    _LOG.exception("what came of commands at `%s` is not known", point.name)
                    with contextlib.suppress(Exception):
                        self._heard.broke(point.name, error)
                finally:
                    self._count(point.name, -len(commands))

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

    def _gather(self, waiting: queue.SimpleQueue[_Job | None]) -> tuple[list[_Job], bool]:
        """What waits, at least one; and whether that was the end."""
        jobs: list[_Job] = []
        job = waiting.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == _MOST:
                return jobs, False
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def close(self) -> None:
        """Carry out what waits, and end."""
        for waiting in self._queues.values():
            waiting.put(None)
        for thread in self._threads:
            thread.join(_PARTING)
        for point in self._points.values():
            point.close()


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
