"""What a source is: packets from somewhere, handed on as batches of Events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from sentinel.model.event import Event


class Source(ABC):
    """One origin of packets. Used once: `with source: for batch in source.batches(): …`."""

    name: str

    @abstractmethod
    def batches(self) -> Iterator[Sequence[Event]]:
        """Events in packet order; a batch may be empty, so that whoever iterates can look around."""

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

    def close(self) -> None:  # noqa: B027  # most have nothing to release
        """Release what was opened."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
