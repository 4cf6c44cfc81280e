"""Changes of a feed as they go over the wire."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from sentinel.enforcement.feed import SETS, Changes, Element
from sentinel.errors import EnforcementError
from sentinel.model.access import unzoned

_SIZES = {"permits": 4, "flows": 4, "quarantine": 1, "critical": 1}
_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})
LONGEST = 365 * 86_400.0  # seconds


def encode(changes: Changes) -> bytes:
    """As JSON."""
    return orjson.dumps({
        "epoch": changes.epoch, "sequence": changes.sequence, "whole": changes.whole,
        "put": [[element.set, element.key, seconds] for element, seconds in changes.put.items()],
        "removed": [[element.set, element.key] for element in changes.removed],
    })  # fmt: skip


def decode(octets: bytes) -> Changes:
    """Read them, all of it or nothing; raises `EnforcementError`."""
    try:
        found = orjson.loads(octets)
        put = {_element(name, key): _seconds(seconds) for name, key, seconds in found["put"]}
        removed = tuple(_element(name, key) for name, key in found["removed"])
        return Changes(_text(found, "epoch"), int(found["sequence"]), bool(found["whole"]), put, removed)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EnforcementError(f"the service sent no changes of a feed: {error}") from error


def _text(found: Mapping[str, object], name: str) -> str:
    value = found[name]
    if not isinstance(value, str):
        raise TypeError(f"`{name}` is no text")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or not 0 < value <= LONGEST:
        raise ValueError(f"`{value}` is no time to live")
    return float(value)


def _element(name: object, key: object) -> Element:
    """An element whose parts are addresses, a protocol and a port; what goes to nftables is nothing else."""
    if not isinstance(name, str) or name not in SETS or not isinstance(key, list) or len(key) != _SIZES[name]:
        raise ValueError(f"`{name}` with `{key}` is no element")
    addresses = [unzoned(part) for part in key[:2]]
    if len({each.version for each in addresses}) != 1:
        raise ValueError(f"`{key}` has addresses of both kinds")
    if len(key) == 1:
        return Element(name, (str(addresses[0]),))
    protocol, port = key[2], int(key[3])
    if protocol not in _PROTOCOLS or not 0 <= port <= 65535:
        raise ValueError(f"`{key}` has no protocol and port")
    return Element(name, (*map(str, addresses), protocol, str(port)))
