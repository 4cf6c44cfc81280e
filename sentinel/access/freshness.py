"""Since when facts are old: the worker's last report and the last look at alerts, whichever was earlier."""

from __future__ import annotations

from sentinel.access.trustbook import TrustBook
from sentinel.store.base import Store


class Freshness:
    """When all facts were last known to be true, in nanoseconds since the epoch; `refresh` has to be called now and then."""

    def __init__(self, store: Store, trust: TrustBook) -> None:
        self._store = store
        self._trust = trust
        self._reported = 0

    def refresh(self) -> None:
        """Read when the worker last said something."""
        said = self._store.status("worker").get("time", 0)
        self._reported = said if isinstance(said, int) else 0

    def __call__(self) -> int:
        """The moment."""
        return min(self._reported, self._trust.refreshed)
