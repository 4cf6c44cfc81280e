"""What the worker remembers over a restart: state, open correlations, identity over time, and how far each capture was.

A snapshot holds between two batches: everything before it is in it, and stored. After a kill the worker goes on from the
last one. A capture file is read on behind what is in it; what an interface showed since then is lost to the memory (not to
the store), as is what it showed while nobody watched.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from collectors.sources.base import Source
from sentinel.errors import StoreError
from sentinel.model.event import Event
from sentinel.pipeline import Pipeline
from sentinel.sources import Progress
from sentinel.state import snapshot
from sentinel.state.history import History
from sentinel.store.sealing import Clear, Sealing

_LOG = logging.getLogger(__name__)
_CLEAR = Clear()
EVERY = 10.0  # seconds between two snapshots
SHARE = 0.02  # of the time that may go into them: large ones are made less often
FLUSH_EVERY = 1.0  # seconds between two writes of identity intervals


class Memory:
    """Keeps `pipeline` in the file of snapshots, and `history` on disk."""

    def __init__(self, path: Path, pipeline: Pipeline, history: History, sealing: Sealing = _CLEAR) -> None:
        self._sealing = sealing
        self._path, self._pipeline, self._history = path, pipeline, history
        self._plan = 0
        self._progress = Progress()
        self._next = time.monotonic() + EVERY
        self._flushed = time.monotonic()
        self.octets = 0
        self.seconds = 0.0

    def recall(self, plan: int = 0) -> None:
        """Take up the last snapshot; where there is none that can be used, learning begins anew.

        `plan` stands for the rules and the site plan. With others, whoever has captures read wants them read again.
        """
        self._plan = plan
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
        self._progress = Progress(state["taken"])
        _LOG.info("going on from what was known at packet time %s", _spoken(self._pipeline.now))

    def fresh(self, source: Source, batch: Sequence[Event]) -> Sequence[Event]:
        """What of the batch is not in the snapshot."""
        return self._progress.fresh(source, batch)

    def took(self, source: Source, batch: Sequence[Event]) -> None:
        """These events are in the pipeline now, and stored."""
        self._progress.took(source, len(batch))

    def tick(self) -> None:
        """Between two batches: write what is due."""
        now = time.monotonic()
        if self._history.full or now - self._flushed > FLUSH_EVERY:
            self._flushed = now
            self._flush()
        if now >= self._next:
            self.keep()

    def _flush(self) -> None:
        try:
            self._history.flush(self._pipeline.now)
        except StoreError as error:
            _LOG.error("%s; it is tried again", error)

    def keep(self) -> None:
        """Write a snapshot now."""
        started = time.monotonic()
        self._flush()
        try:
            self.octets = snapshot.save(
                self._path,
                {**self._pipeline.remembered(), "plan": self._plan, "taken": self._progress.taken},
                self._sealing,
            )
        except StoreError as error:
            _LOG.error("%s; what was known before is kept", error)
        self.seconds = time.monotonic() - started
        self._next = time.monotonic() + max(EVERY, self.seconds / SHARE)


def _spoken(now: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now / 1e9))
