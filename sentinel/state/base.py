"""What a fact is: something about an event that only State can know, and that rules judge."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from sentinel.model.event import Event, Value
from sentinel.model.fields import FieldSpec
from sentinel.state.world import World


class Fact(ABC):
    """One file of `sentinel/state/facts/`: the fields it adds, the kinds it looks at, and how it knows."""

    fields: ClassVar[dict[str, FieldSpec]]
    kinds: ClassVar[tuple[str, ...]]  # exact kinds, or `protocol.*`

    @abstractmethod
    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """The facts about `event`, given the world before it; what is not known is absent."""
