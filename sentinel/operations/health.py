"""Is everything being watched? One word for it, and the collectors that somebody should look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sentinel.model.event import Value
from sentinel.operations.fleet import Standing

SILENT_AFTER = 10_000_000_000  # nanoseconds
STARTING_FOR = 10_000_000_000  # nanoseconds in which a worker that has begun may not have a source yet


class Watch(StrEnum):
    """How the watching goes; the first that holds."""

    NEVER = "never"  # the worker has not reported
    SILENT = "silent"  # it does not any more
    STARTING = "starting"  # it has just begun, or is about to
    IDLE = "idle"  # no source is left to read
    DEGRADED = "degraded"  # a collector is away, or not well; or the store is
    LEARNING = "learning"
    WATCHING = "watching"


@dataclass(frozen=True, slots=True)
class Health:
    """How the watching goes, the names of the collectors that are not well, and what is wrong with the store."""

    state: Watch
    troubled: tuple[str, ...] = ()
    store: str = ""


def health(said: Mapping[str, Value], standings: Sequence[Standing], now: int) -> Health:
    """What the worker said of itself, and how each collector stands, as of now."""
    troubled = tuple(each.name for each in standings if each.troubled)
    return Health(_state(said, troubled, now), troubled, str(said.get("store_trouble", "")))


def _state(said: Mapping[str, Value], troubled: Sequence[str], now: int) -> Watch:
    if not said:
        return Watch.NEVER
    if now - _moment(said, "time") > SILENT_AFTER:
        return Watch.SILENT
    watching = said.get("watching", True)  # a worker that does not say is an older one, and those watched
    if said.get("stopped") or (not watching and now - _moment(said, "since") < STARTING_FOR):
        return Watch.STARTING
    if not watching:
        return Watch.IDLE
    if troubled or said.get("store_trouble"):
        return Watch.DEGRADED
    return Watch.LEARNING if said.get("learning") else Watch.WATCHING


def _moment(said: Mapping[str, Value], name: str) -> int:
    value = said.get(name)
    return value if isinstance(value, int) else 0
