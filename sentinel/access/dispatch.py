"""Commands on their way to enforcement points: a queue and a thread for each, so that one that is slow holds up no other.

INVARIANT: what cuts a safety-critical session without two approvals does not leave here (`Command.cleared`).
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sentinel.enforcement.base import EnforcementPoint
from sentinel.model.enforcement import Command, Outcome, Verb

_LOG = logging.getLogger(__name__)
_PARTING = 3.0  # seconds to wait for a point when the door closes
_MOST = 1000  # commands at once


@dataclass(frozen=True, slots=True)
class _Job:
    command: Command
    undo: bool


class Dispatch:
    """Hands commands to points by their names; `came` is told what came of each."""

    def __init__(self, points: Sequence[EnforcementPoint], came: Callable[[Outcome], None]) -> None:
        self._points: Mapping[str, EnforcementPoint] = {point.name: point for point in points}
        self._came = came
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
                self._queues[name].put(_Job(command, undo))

    def _run(self, point: EnforcementPoint) -> None:
        ended = False
        while not ended:
            jobs, ended = self._gather(self._queues[point.name])
            for undo, commands in _runs(jobs):
                outcomes = point.undo(commands) if undo else point.apply(commands)
                for outcome in () if undo else outcomes:
                    self._came(outcome)

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
