"""A snapshot written by a child process, while the worker goes on.

The child is a fork: it has the state as it was at that moment, at the price of the memory pages that its parent changes
meanwhile. Of a process with threads only the one that forks lives on in the child, and whatever lock another one held stays
locked there for ever. So the child does nothing but pickle plain Python values into a file of its own (sealed, where
snapshots are) and `_exit`: no logging, no store, nothing of Rust, of which a snapshot holds no objects, no clean-up of what is
its parent's. Its parent puts the file in its place, so that a child that outlives its parent replaces nothing; it kills one
that does not end, and writes itself what a child did not.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from pathlib import Path
from typing import Any

from sentinel.errors import StoreError
from sentinel.state import snapshot
from sentinel.store.sealing import Clear, Sealing

_CLEAR = Clear()
PATIENCE = 120.0  # seconds; one of a hundred thousand terminals takes ten


class Child:
    """Writes `state` for `path`, from now on."""

    def __init__(self, path: Path, state: dict[str, Any], sealing: Sealing = _CLEAR) -> None:
        self._path = path
        self._begun = time.monotonic()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _rest()
            self.pid = os.fork()
        except OSError as error:
            raise StoreError(f"the state cannot be kept in `{path}`: {error.strerror or error}") from error
        if self.pid == 0:
            _write(snapshot.beside(path), state, sealing)
        self._file = snapshot.beside(path, self.pid)

    def done(self) -> int | None:
        """The octets that were written, once they are in their place; raises `StoreError` where they will not be."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            if time.monotonic() - self._begun > PATIENCE:
                self.give_up()
                raise StoreError(f"the state could not be kept in `{self._path}` within {PATIENCE:.0f} seconds")
            return None
        if os.waitstatus_to_exitcode(status) != 0:
            self._file.unlink(missing_ok=True)
            raise StoreError(f"the state cannot be kept in `{self._path}`: its writer ended with {status}")
        return snapshot.place(self._file, self._path)

    def give_up(self) -> None:
        """End it, whatever it does."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._file.unlink(missing_ok=True)


def _rest() -> None:
    """From now on the collector of garbage leaves alone what is there: looking at it would copy every page of it.

    That holds no cycles (`sentinel.model.garbage.settle`); what is young is looked at first.
    """
    gc.collect(0)
    gc.freeze()


def _write(file: Path, state: dict[str, Any], sealing: Sealing) -> None:
    gc.disable()  # a collection would touch, and so copy, every page
    code = 1
    try:
        os.nice(5)  # the worker comes first
        snapshot.write(file, state, sealing)
        code = 0
    finally:
        os._exit(code)
