"""Events that no packet carried: what State says of what did not happen, or changed over time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sentinel.model.event import PlainEvent, Value

SOURCE = "state"


def derived(kind: str, time: int, fields: Mapping[str, Value | None]) -> PlainEvent:
    """An event of our own; its id follows from what it says, so that a replay gives the same one."""
    flat: dict[str, Value] = {"event.action": kind}
    flat |= {name: value for name, value in fields.items() if value is not None and value not in ("", ())}
    said = repr(sorted(flat.items()))
    digest = hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
    return PlainEvent(kind, time, f"{time:016x}-{digest}", SOURCE, 0, flat)
