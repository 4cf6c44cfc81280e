"""What a source is: packets from somewhere, handed on as batches of Events."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import ClassVar, Self

from collectors._decode import EvidenceWriter
from sentinel.model.event import Event


class Source(ABC):
    """One origin of packets. Used once: `with source: for batch in source.batches(): …`."""

    name: str

    @abstractmethod
    def batches(self) -> Iterator[Sequence[Event]]:
        """Events in packet order; a batch may be empty, so that whoever iterates can look around."""

    def gathered(self) -> Iterator[Sequence[Event]]:
        """The same in fewer batches, where there are many at once: for whoever does much with each of them."""
        return self.batches()

    @abstractmethod
    def counters(self) -> dict[str, int]:
        """What was seen so far: packets by what became of them, messages by kind."""

    @property
    def packets(self) -> int:
        """Packets seen so far."""
        return self.counters()["packets"]

    @property
    def position(self) -> int:
        """Octets of the input consumed so far; 0 where that means nothing."""
        return 0

    @property
    def size(self) -> int:
        """Octets of the input; 0 where unknown or endless."""
        return 0

    @property
    def truncated(self) -> str | None:
        """Why the input ended early, where it did."""
        return None

    @property
    def quiet(self) -> bool:
        """Whether nothing is connected that could ever give an event."""
        return False

    @property
    def live(self) -> bool:
        """Whether what it shows while nobody reads is lost."""
        return False

    def clock(self, _batch: Sequence[Event]) -> str:
        """Whose time the batch has, where not all of this source's batches are in one order of time."""
        return ""

    def confirm(self) -> None:  # noqa: B027  # most give a batch once, and that is that
        """The oldest batch that was given and not confirmed is kept: the source need not give it again."""

    def close(self) -> None:  # noqa: B027  # most have nothing to release
        """Release what was opened."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Tap(Source):
    """A source that captures on network interfaces, until told to stop; found by discovery, chosen by `kind`.

    One decoder sees the frames of all interfaces, in the order of time: the two directions of a tunnel may come on two.
    """

    kind: ClassVar[str]

    @property
    def live(self) -> bool:
        """See `Source.live`."""
        return True

    @abstractmethod
    def __init__(
        self,
        interfaces: Sequence[str],
        pattern: str,
        stopping: threading.Event,
        evidence: EvidenceWriter | None = None,
    ) -> None:
        """Open `interfaces` for what the tcpdump expression `pattern` lets pass, and keep it; raises `InputError`."""
