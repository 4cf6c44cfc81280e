"""The collectors as people ask for them: what each says of itself, and what of it arrived."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sentinel.accounts.collectors import Collectors
from sentinel.accounts.enrolment import Enrolled
from sentinel.model.event import Value
from sentinel.store.base import Store

SILENT_AFTER = 60_000_000_000  # nanoseconds, unless the worker is told another; a collector reports every ten seconds
_DAY = 86_400_000_000_000  # nanoseconds
MANY = 20  # batches that wait in a spool: ten seconds of traffic, at least


class State(StrEnum):
    """How a collector is doing; the first that holds."""

    REMOVED = "removed"
    NEVER = "never"  # it was not heard of yet
    FINISHED = "finished"  # its captures are read, and have arrived
    SILENT = "silent"
    LOSING = "losing"  # its spool is full
    BEHIND = "behind"  # more than usual waits in its spool
    SHIPPING = "shipping"


@dataclass(frozen=True, slots=True)
class Standing:
    """A collector. Times are nanoseconds since the epoch, 0 where there is none; sizes are octets."""

    name: str
    state: State
    enrolled: int
    heard: int  # a report, or none yet
    version: str
    sources: str
    packets: int
    dropped: int  # by the kernel, before they were decoded
    batches: int  # stored here
    events: int
    latest: int  # time of the latest event
    missing: int  # batches that the collector numbered and that never came
    missed: int  # when that was noticed last
    waiting: int  # batches in its spool
    spool: int
    spool_size: int
    lost: int  # events that its full spool had no room for
    refused: int  # batches that were no batches
    evidence: int
    evidence_trouble: str

    misses: bool  # some of them within a day

    @property
    def troubled(self) -> bool:
        """Whether somebody should look now."""
        unwell = self.state in {State.SILENT, State.LOSING, State.BEHIND}
        return self.state is not State.REMOVED and (unwell or self.misses or bool(self.evidence_trouble))


def standings(
    store: Store, collectors: Collectors, clock: Callable[[], int] = time.time_ns
) -> Sequence[Standing]:  # fmt: skip
    """Every collector that was ever enrolled, by name."""
    patience = _number(store.status("arrivals"), "silent_after") or SILENT_AFTER
    return [_standing(store, each, patience, clock()) for each in collectors.everyone()]


def _standing(store: Store, collector: Enrolled, patience: int, now: int) -> Standing:
    said, arrived = store.status(f"collector.{collector.name}"), store.status(f"arrivals.{collector.name}")
    return Standing(
        name=collector.name,
        state=_state(collector, said, patience, now),
        enrolled=int(collector.created * 1_000_000_000),
        heard=_number(said, "time"),
        version=str(said.get("version", "")),
        sources=str(said.get("source", "")),
        packets=_number(said, "packets"),
        dropped=_number(said, "dropped"),
        **{name: _number(arrived, name) for name in ("batches", "events", "latest", "missing", "missed")},
        waiting=_number(said, "spool.waiting"),
        spool=_number(said, "spool.bytes"),
        spool_size=_number(said, "spool.size"),
        lost=_number(said, "spool.lost"),
        refused=_number(said, "spool.refused"),
        evidence=_number(said, "evidence.bytes"),
        evidence_trouble=str(said.get("evidence_trouble", "")),
        misses=bool(missed := _number(arrived, "missed")) and now - missed < _DAY,
    )


def _state(collector: Enrolled, said: Mapping[str, Value], patience: int, now: int) -> State:
    if not collector.active:
        return State.REMOVED
    if not said:
        return State.NEVER
    if said.get("finished"):
        return State.FINISHED
    if now - _number(said, "time") > patience:
        return State.SILENT
    if said.get("spool.losing"):
        return State.LOSING
    return State.BEHIND if _number(said, "spool.waiting") > MANY else State.SHIPPING


def _number(said: Mapping[str, Value], name: str) -> int:
    value = said.get(name)
    return int(value) if isinstance(value, int | float) else 0
