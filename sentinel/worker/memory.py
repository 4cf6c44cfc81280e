"""What the worker remembers over a restart: state, open correlations, identity over time, and how far each capture was.

A snapshot holds between two batches: everything before it is in it, and stored. One that takes longer than a moment is
written by a child process (`sentinel/state/child.py`), while the worker goes on. After a kill the worker goes on from the
last one. A capture file is read on behind what is in it; what an interface showed since then is lost to the memory (not to
the store), as is what it showed while nobody watched: none of that is missing (`resume`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from collectors.sources.base import Source
from sentinel.errors import StoreError
from sentinel.model.event import Event
from sentinel.pipeline import Pipeline
from sentinel.sources import Progress
from sentinel.state import snapshot
from sentinel.state.child import Child
from sentinel.state.history import History
from sentinel.store.sealing import Clear, Sealing

_LOG = logging.getLogger(__name__)
_CLEAR = Clear()
EVERY = 10.0  # seconds between two snapshots
SHARE = 0.02  # of the time that may go into them: large ones are made less often
BRIEF = 0.1  # seconds that the worker may stand still; a child writes what takes longer
FLUSH_EVERY = 1.0  # seconds between two writes of identity intervals


class Memory:
    """Keeps `pipeline` in the file of snapshots, and `history` on disk."""

    def __init__(
        self, path: Path, pipeline: Pipeline, history: History, sealing: Sealing = _CLEAR,
        settle: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """`settle` waits until what the pipeline gave is stored."""
        self._sealing, self._settle = sealing, settle
        self._path, self._pipeline, self._history = path, pipeline, history
        self._plan = 0
        self._progress = Progress()
        self._next = time.monotonic() + EVERY
        self._flushed = time.monotonic()
        self._child: Child | None = None
        self._recalled = False  # and no live source was heard since
        self._begun = 0.0
        self.octets = 0
        self.seconds = 0.0  # that the last one took

    def recall(self, plan: int = 0) -> None:
        """Take up the last snapshot; where there is none that can be used, learning begins anew.

        `plan` stands for the rules and the site plan. With others, whoever has captures read wants them read again.
        """
        self._plan = plan
        snapshot.tidy(self._path)
        self._begun = time.monotonic()
        try:
            state = snapshot.load(self._path, self._sealing)
            if state is None:
                return
            if state["taken"] and state["plan"] != plan:
                _LOG.info("rules or site plan have changed; captures are read anew, and learning begins anew")
                return
            self._pipeline.restore(state)
        except StoreError as error:
            _LOG.warning("%s; learning begins anew", error)
            self._pipeline.forget()
            return
        self._progress, self._recalled = Progress(state["taken"]), True
        self.seconds = time.monotonic() - self._begun  # writing it takes as long
        _LOG.info("going on from what was known at packet time %s", _spoken(self._pipeline.now))

    def resume(self, source: Source, batch: Sequence[Event]) -> None:
        """Before a batch is taken in: with the first one of a live source, what it showed since the snapshot is unseen."""
        if self._recalled and source.live and batch:
            self._recalled = False
            self._pipeline.resume(batch[0].time)

    def fresh(self, source: Source, batch: Sequence[Event]) -> Sequence[Event]:
        """What of the batch is not in the snapshot."""
        return self._progress.fresh(source, batch)

    def took(self, source: Source, batch: Sequence[Event]) -> None:
        """These events are in the pipeline now, and stored before a snapshot says so."""
        self._progress.took(source, len(batch))

    def tick(self) -> None:
        """Between two batches: write what is due."""
        now = time.monotonic()
        if self._history.full or now - self._flushed > FLUSH_EVERY:
            self._flushed = now
            self._flush()
        if self._child is not None:
            self._look(self._child)
        elif now >= self._next:
            self._keep_aside() if self.seconds > BRIEF else self.keep()

    def _flush(self) -> None:
        try:
            self._history.flush(self._pipeline.now)
        except StoreError as error:
            _LOG.error("%s; it is tried again", error)

    def keep(self) -> None:
        """Write a snapshot now, and wait for it."""
        if self._child is not None:
            self._child.give_up()  # this one is newer
            self._child = None
        self._settle()
        self._begun = time.monotonic()
        self._flush()
        try:
            self.octets = snapshot.save(self._path, self._state(), self._sealing)
        except StoreError as error:
            _LOG.error("%s; what was known before is kept", error)
        self._wait()

    def _keep_aside(self) -> None:
        """Have a child write a snapshot of this moment."""
        self._settle()
        self._begun = time.monotonic()
        self._flush()
        try:
            self._child = Child(self._path, self._state(), self._sealing)
        except StoreError as error:
            _LOG.error("%s; what was known before is kept", error)
            self._wait()

    def _look(self, child: Child) -> None:
        """Is it written?"""
        try:
            octets = child.done()
        except StoreError as error:
            _LOG.warning("%s; it is written here", error)
            self._child = None
            self.keep()
            return
        if octets is None:
            return
        self._child, self.octets = None, octets
        self._wait()

    def _state(self) -> dict[str, Any]:
        return {**self._pipeline.remembered(), "plan": self._plan, "taken": self._progress.taken}

    def _wait(self) -> None:
        self.seconds = time.monotonic() - self._begun
        self._next = time.monotonic() + max(EVERY, self.seconds / SHARE)


def _spoken(now: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now / 1e9))
