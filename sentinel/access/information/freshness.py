"""Since when facts are old: when the worker was last heard, or all that alerts say was last known, whichever was earlier."""

from __future__ import annotations

from sentinel.access.information.present import Present
from sentinel.access.information.trustbook import TrustBook


class Freshness:
    """When all facts were last known to be true, in nanoseconds since the epoch."""

    def __init__(self, present: Present, trust: TrustBook) -> None:
        self._present = present
        self._trust = trust

    def __call__(self) -> int:
        """The moment."""
        return min(self._present.heard, self._trust.refreshed)
