"""Is everything being watched? One word for it, and the collectors that somebody should look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sentinel.access.fleet import Standing
from sentinel.model.event import Value

SILENT_AFTER = 10_000_000_000  # nanoseconds


class Watch(StrEnum):
    """How the watching goes; the first that holds."""

    NEVER = "never"  # the worker has not reported
    SILENT = "silent"  # it does not any more
    IDLE = "idle"  # no source is left to read
    DEGRADED = "degraded"  # a collector is away, or not well
    LEARNING = "learning"
    WATCHING = "watching"


@dataclass(frozen=True, slots=True)
class Health:
    """How the watching goes, and the names of the collectors that are not well."""

    state: Watch
    troubled: tuple[str, ...] = ()


def health(said: Mapping[str, Value], standings: Sequence[Standing], now: int) -> Health:
    """What the worker said of itself, and how each collector stands, as of now."""
    troubled = tuple(each.name for each in standings if each.troubled)
    return Health(_state(said, troubled, now), troubled)


def _state(said: Mapping[str, Value], troubled: Sequence[str], now: int) -> Watch:
    if not said:
        return Watch.NEVER
    reported = said.get("time")
    if now - (reported if isinstance(reported, int) else 0) > SILENT_AFTER:
        return Watch.SILENT
    if not said.get("watching", True):  # a worker that does not say is an older one, and those watched
        return Watch.IDLE
    if troubled:
        return Watch.DEGRADED
    return Watch.LEARNING if said.get("learning") else Watch.WATCHING
