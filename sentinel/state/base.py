"""What a fact is: something about an event that only State can know, and that rules judge."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar

from sentinel.model.event import Event, Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.state.deadlines import Data
from sentinel.state.world import World


class Fact(ABC):
    """One file of `sentinel/state/facts/`: the fields it adds, the kinds it looks at, and how it knows.

    What a fact remembers by itself are its attributes: tables that are bounded, of plain values and of the classes of
    this package. Snapshots keep them.
    """

    fields: ClassVar[dict[str, FieldSpec]]
    kinds: ClassVar[tuple[str, ...]]  # exact kinds, or `protocol.*`
    topics: ClassVar[tuple[str, ...]] = ()  # deadlines that it wants to hear of
    once: ClassVar[
        tuple[str, ...]
    ] = ()  # those of them that wait for what comes once, and may come while nobody watches
    derives: ClassVar[tuple[str, ...]] = ()  # kinds of events that it makes

    @abstractmethod
    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """The facts about `event`, given the world before it; what is not known is absent."""

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002  # of those who ask
        """A deadline of one of its topics is met: the events that follow from that."""
        return ()

    def unseen(self, topic: str, data: Data) -> None:  # noqa: B027  # most have nothing to forget
        """What a deadline `once` waited for may have come unseen: it is not waited for any more."""


def spec(kind: str, en: str, zh: str) -> FieldSpec:
    """A field of a fact: its type (`[]` after it where there may be several), and what it says."""
    return FieldSpec(FieldType(kind.removesuffix("[]")), en, zh, many=kind.endswith("[]"))
