"""Events: the one shape in which everything that was observed travels.

An Event is its kind, packet time, id, origin, and a flat read-only mapping from field names to values.
The decoder's mapping is lazy and backed by Rust (`collectors._decode.Event`); scapy's, the store's and the
wire's are plain (`PlainEvent`); State reads them all at once and lays its facts over them (`AnnotatedEvent`).
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...]
Fields = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Frame:
    """A captured frame: `time` in nanoseconds since the epoch, `link_type` a LINKTYPE_ number, the octets."""

    time: int
    link_type: int
    data: bytes


class Event(Protocol):
    """What was observed, once.

    INVARIANT: `fields["event.action"] == kind`, so that rules read nothing but the mapping.
    """

    @property
    def kind(self) -> str:
        """`<protocol>.<message>`, such as `ngap.ng_setup_request`."""

    @property
    def time(self) -> int:
        """Packet time, nanoseconds since the epoch."""

    @property
    def id(self) -> str:
        """Deterministic: the same packet at the same time gives the same id; ids sort by time."""

    @property
    def source(self) -> str:
        """The capture file, interface or collector it came from."""

    @property
    def packet(self) -> int:
        """Number of the (last) packet in its source, counted from 1; 0 where there is none."""

    @property
    def fields(self) -> Fields:
        """Field name to value, flat; absent means not known."""

    @property
    def frames(self) -> Sequence[Frame]:
        """The frames that carried it, for evidence; empty where none is kept."""


@dataclass(frozen=True, slots=True)
class PlainEvent:
    """An Event over a plain mapping."""

    kind: str
    time: int
    id: str
    source: str
    packet: int
    fields: Fields
    frames: Sequence[Frame] = ()


class Overlay(Mapping[str, Value]):
    """`facts` laid over `base`; neither is changed."""

    __slots__ = ("_base", "_facts")

    def __init__(self, base: Fields, facts: Fields) -> None:
        self._base = base
        self._facts = facts

    def __getitem__(self, name: str) -> Value:
        value = self._facts.get(name)
        return self._base[name] if value is None else value

    def get(self, name: str, default: Value | None = None) -> Value | None:  # type: ignore[override]  # one default
        """The value of `name`, or `default`."""
        value = self._facts.get(name)
        return self._base.get(name, default) if value is None else value

    def __contains__(self, name: object) -> bool:
        return name in self._facts or name in self._base

    def __iter__(self) -> Iterator[str]:
        yield from self._base
        yield from (name for name in self._facts if name not in self._base)

    def items(self) -> ItemsView[str, Value]:
        """Names and values, made at once: documents are."""
        flat = dict(self._base.items())
        flat.update((name, value) for name, value in self._facts.items() if value is not None)
        return flat.items()

    def __len__(self) -> int:
        return sum(1 for _ in self)


def flat(fields: Fields) -> dict[str, Value]:
    """All fields as a dictionary, not to be changed; the decoder's mapping makes one at once."""
    if isinstance(fields, dict):
        return fields
    copy: Callable[[], dict[str, Value]] | None = getattr(fields, "copy", None)
    return dict(fields.items()) if copy is None else copy()


class AnnotatedEvent:
    """An Event with all its fields read, and the facts that State alone can know laid over them.

    INVARIANT: State lays facts over an event before anybody else has it; from then on it does not change.
    """

    __slots__ = ("event", "facts", "fields", "id", "kind", "time")

    def __init__(self, event: Event, facts: Fields | None = None) -> None:
        self.event = event
        self.kind, self.time, self.id = event.kind, event.time, event.id
        self.fields = flat(event.fields)
        self.facts: Fields = {}
        if facts:
            self.lay(facts)

    def lay(self, facts: Fields) -> None:
        """Lay facts over the fields; those of a plain event stay its own."""
        self.facts = facts
        if self.fields is self.event.fields:
            self.fields = {**self.fields, **facts}
        else:
            self.fields.update(facts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnnotatedEvent) and (self.event, self.facts) == (other.event, other.facts)

    __hash__ = None  # type: ignore[assignment]  # facts have none

    @property
    def source(self) -> str:
        """The source of the event underneath."""
        return self.event.source

    @property
    def packet(self) -> int:
        """The packet number of the event underneath."""
        return self.event.packet

    @property
    def frames(self) -> Sequence[Frame]:
        """The frames of the event underneath."""
        return self.event.frames
