"""What the tables of State have in common: what of them is kept over a restart, and how full they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sentinel.state.bounded import Bounded


class Table:
    """A table whose attributes named in `kept` outlive a restart."""

    kept: ClassVar[tuple[str, ...]]

    def dump(self) -> dict[str, Any]:
        """What is to be kept."""
        return {name: getattr(self, name) for name in self.kept}

    def load(self, kept: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        for name in self.kept:
            setattr(self, name, kept[name])

    @property
    def evicted(self) -> int:
        """Entries forgotten because a mapping was full."""
        return sum(evicted for _, _, _, evicted in sizes_of(self))


def sizes_of(holder: object) -> Iterator[tuple[str, int, int, int]]:
    """Name, entries, cap and evicted entries of every bounded mapping that is an attribute of `holder`."""
    for name, value in vars(holder).items():
        if isinstance(value, Bounded):
            yield name.strip("_"), len(value), value.cap, value.evicted
