"""Whose it is: the identity of a terminal, and how it was learnt."""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.model.event import Value

STALE = 30 * 10**9  # ns for which an ended context or session still explains a late packet
EARLY = 30 * 10**9  # ns by which an event may be older than what explains it: collectors and mirrors reorder


def later(since: int, now: int) -> bool:
    """What began then explains nothing of `now`: whoever has an address or a tunnel today is not to answer for the past."""
    return since - now > EARLY


@dataclass(slots=True)
class Identity:
    """What is known of a terminal; empty is not known. `source` is N4, N2 or register, the best that contributed."""

    supi: str = ""
    pei: str = ""
    gpsi: str = ""
    suci: str = ""
    source: str = ""

    def learn(self, other: Identity) -> None:
        """Take over what is not known here yet."""
        if other.supi and not self.supi:
            self.supi, self.source = other.supi, other.source
        self.pei = self.pei or other.pei
        self.gpsi = self.gpsi or other.gpsi
        self.suci = self.suci or other.suci

    def facts(self) -> dict[str, Value]:
        """As event fields; nothing is guessed."""
        named = (("fiveg.supi", self.supi), ("fiveg.pei", self.pei), ("fiveg.gpsi", self.gpsi),
                 ("fiveg.suci", self.suci), ("fiveg.identity_source", self.source if self.supi else ""))  # fmt: skip
        return {name: value for name, value in named if value}
