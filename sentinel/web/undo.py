"""What the latest bulk changes replaced, kept in memory for a while, so that they can be undone."""

from __future__ import annotations

import threading
from collections import OrderedDict

from sentinel.crypto.token import new_token
from sentinel.operations.triage import Changed, TriageError


class Undos:
    """The latest bulk changes, at most `most`; each can be undone once, by whoever made it."""

    def __init__(self, most: int = 100) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[str, tuple[Changed, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, name: str, changed: tuple[Changed, ...]) -> str:
        """The key with which `name` can undo this; empty if there is nothing to undo."""
        if not changed:
            return ""
        key = new_token()
        with self._lock:
            self._kept[key] = (name, changed)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return key

    def take(self, name: str, key: str) -> tuple[Changed, ...]:
        """What `name` wants back; raises `TriageError` if it is no longer kept."""
        with self._lock:
            owner, changed = self._kept.get(key, ("", ()))
            if not changed or owner != name:
                raise TriageError("this cannot be undone any more")
            del self._kept[key]
            return changed
