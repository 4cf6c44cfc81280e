"""Frames that somebody else makes or captures, such as a drill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from collectors._decode import Decoder, EvidenceWriter
from collectors.sources.base import Source
from sentinel.model.event import Event, Frame


class Frames(Source):
    """Groups of frames, each decoded as it comes."""

    def __init__(
        self, name: str, groups: Iterable[Sequence[Frame]], evidence: EvidenceWriter | None = None, *,
        live: bool = False,
    ) -> None:  # fmt: skip
        self.name = name
        self._live = live
        self._groups = groups
        self._decoder = Decoder(name, evidence)

    @property
    def live(self) -> bool:
        """See `Source.live`."""
        return self._live

    def batches(self) -> Iterator[Sequence[Event]]:
        """See `Source.batches`."""
        for group in self._groups:
            yield self._decoder.decode([(frame.time, frame.link_type, frame.data) for frame in group])
        yield self._decoder.finish()

    def counters(self) -> dict[str, int]:
        """See `Source.counters`."""
        return self._decoder.counters()
