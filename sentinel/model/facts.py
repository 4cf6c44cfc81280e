"""The log of facts: what worker and door tell each other, in one order, each thing by a key under which the latest counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sentinel.model.event import Value


class Kind(StrEnum):
    """What a fact is about; in its key stands nothing that names a person."""

    SESSION = "session"  # a PDU session, as State knows it
    PLACE = "place"  # an N2 context: who is where
    ALERT = "alert"  # an alert about a terminal is new, or weighs otherwise now
    EVENT = "event"  # something that happened at the door, for detection to judge
    POLICY = "policy"  # another version is in force
    LOCK = "lock"  # an extra deny outside the policy
    GLASS = "glass"  # a break-glass: an expiring allow outside the policy
    GRANT = "grant"  # what was allowed, and whether that still holds
    ORDER = "order"  # what enforcement points were told, and what came of it
    WORKER = "worker"  # how far the worker is


@dataclass(frozen=True, slots=True)
class Told:
    """One fact. What is `over` is told once more and then forgotten; `number` is its place in the log."""

    kind: Kind
    key: str
    time: int  # of what it tells, nanoseconds since the epoch
    fields: Mapping[str, Value] = field(default_factory=dict)
    over: bool = False
    number: int = 0
    damaged: bool = False  # nobody here told it so: it was changed where it lay, or put there by somebody else
