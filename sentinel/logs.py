"""The log of a process: what is said again and again is told once a minute, with how often it was said.

A loop that tries again each second says why each time, and knows nothing of the others; here they all end, so that a disk that
is full is not filled with lines that say so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

AGAIN = 60.0  # seconds after which the same is told again
_KNOWN = 1000  # messages that are remembered
_FORM = "%(asctime)s %(levelname)s: %(message)s"
_OF_PARTS = "%(asctime)s %(levelname)s %(processName)s: %(message)s"


@dataclass(slots=True)
class _Said:
    """When it was told last, and how often it was said since."""

    told: float
    since: int = 0


class Repeats(logging.Filter):
    """Keeps back what was told within the last minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[tuple[str, int, str], _Said] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is told."""
        message, now = record.getMessage(), self._clock()
        key = (record.name, record.levelno, message)
        known = self._said.get(key)
        if known is not None and now - known.told < AGAIN:
            known.since += 1
            return False
        if known is not None and known.since:
            record.msg, record.args = f"{message} (and {known.since} times before)", None
        if len(self._said) >= _KNOWN:
            self._said.clear()
        self._said[key] = _Said(now)
        return True


def begin(*, parts: bool = False) -> None:
    """Tell on standard error from now on; with which of several parts of a service says it."""
    logging.basicConfig(level=logging.INFO, format=_OF_PARTS if parts else _FORM)
    for handler in logging.getLogger().handlers:
        if not any(isinstance(each, Repeats) for each in handler.filters):
            handler.addFilter(Repeats())
