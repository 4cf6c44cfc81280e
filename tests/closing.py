"""Whatever a test opens is closed when it ends: hundreds of tests in one process would hold thousands of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

import pytest

from sentinel.audit.log import Log
from sentinel.operations.doors import Deciding
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from sentinel.store.facts import FactLog


class Closes(Protocol):
    """What is closed once or twice, with the same outcome."""

    def close(self) -> None: ...


OPENS: tuple[type[Closes], ...] = (SqliteStore, ControlDatabase, FactLog, Log, Deciding)


@contextmanager
def closing_all() -> Iterator[None]:
    """Close, at the end, each of these that was made meanwhile, the last one first."""
    with ExitStack() as later, pytest.MonkeyPatch.context() as patched:
        for kind in OPENS:
            patched.setattr(kind, "__init__", _noting(kind.__init__, later))
        yield


def _noting(made: Callable[..., None], later: ExitStack) -> Callable[..., None]:
    def init(self: Closes, *given: object, **named: object) -> None:
        made(self, *given, **named)
        later.callback(self.close)

    return init
