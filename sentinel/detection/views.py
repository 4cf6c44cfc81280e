"""How a field's value is looked at before it is compared; the interpreter and the generated code share these.

Sigma compares strings without regard to case. Here only ASCII letters fold: a store's case-insensitive query folds no
others, and a letter beyond ASCII must not fold onto an ASCII one (U+212A KELVIN SIGN lower-cases to `k`). Addresses
compare as numbers in one space, IPv4 at `::ffff:0:0/96` as stores keep it, so `::ffff:10.1.1.1` is `10.1.1.1`.
"""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sentinel.model.event import Scalar, Value

Seen = str | int | float
"""One value as a view shows it."""

Sight = Seen | tuple[Seen, ...] | None
"""A field as a view shows it: one value, several, or absent."""

TIME = "@timestamp"
"""The packet time of the event as a field: seconds since the epoch."""

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
_LONGEST_ADDRESS = 64  # with a zone; what is longer is none, and not worth remembering
_MAPPED = 0xFFFF << 32


class View(StrEnum):
    """What of a value is compared."""

    TEXT = "text"  # canonical text, ASCII letters folded
    CASED = "cased"  # canonical text as it is
    ADDRESS = "address"  # a number, see `address`
    ADDRESS_TEXT = "address_text"  # canonical text of an address
    NUMBER = "number"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


def fold(text: str) -> str:
    """`text` with its ASCII capitals lowered."""
    return text.lower() if text.isascii() else text.translate(_FOLD)


def cased(value: Scalar) -> str:
    """The canonical text of a value: `true`, `5` (also for 5.0), or the string itself."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def text(value: Scalar) -> str:
    """The canonical text, folded."""
    return fold(cased(value))


def number(value: Scalar) -> int | float | None:
    """A number, or the number a decimal text stands for; not a number is none."""
    if isinstance(value, bool) or value != value:  # noqa: PLR0124  # only a NaN differs from itself
        return None
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            return None
        return float(value) if "." in value else int(value)
    return value


@lru_cache(maxsize=65536)
def _address(value: str) -> int | None:
    try:
        parsed = ipaddress.ip_address(value)
    except ValueError:
        return None
    return int(parsed) | _MAPPED if parsed.version == 4 else int(parsed)


def address(value: Scalar) -> int | None:
    """An address as a 128-bit number, IPv4 mapped into IPv6."""
    return _address(value) if isinstance(value, str) and len(value) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=65536)
def _address_text(value: str) -> str:
    as_number = _address(value)
    if as_number is None:
        return fold(value)
    if as_number >> 32 == 0xFFFF:
        return str(ipaddress.IPv4Address(as_number & 0xFFFF_FFFF))
    return str(ipaddress.IPv6Address(as_number))


def address_text(value: Scalar) -> str:
    """The canonical text of an address; of anything else, its folded text."""
    return _address_text(value) if isinstance(value, str) and len(value) <= _LONGEST_ADDRESS else text(value)


def network(value: str) -> tuple[int, int]:
    """First and last address of a CIDR network, as `address` counts; raises `ValueError`."""
    parsed = ipaddress.ip_network(value)
    base = _MAPPED if parsed.version == 4 else 0
    return int(parsed.network_address) | base, int(parsed.broadcast_address) | base


def _moment(value: Scalar) -> datetime | None:
    """A date: seconds since the epoch, or ISO 8601 text (UTC where it names no zone)."""
    try:
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value)
            return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return None if isinstance(value, bool) else datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _part(read: Callable[[datetime], int]) -> Callable[[Scalar], int | None]:
    def part(value: Scalar) -> int | None:
        moment = _moment(value)
        return None if moment is None else read(moment)

    return part


SCALAR: dict[View, Callable[[Scalar], Seen | None]] = {
    View.TEXT: text,
    View.CASED: cased,
    View.ADDRESS: address,
    View.ADDRESS_TEXT: address_text,
    View.NUMBER: number,
    View.MINUTE: _part(lambda moment: moment.minute),
    View.HOUR: _part(lambda moment: moment.hour),
    View.DAY: _part(lambda moment: moment.day),
    View.WEEK: _part(lambda moment: moment.isocalendar().week),
    View.MONTH: _part(lambda moment: moment.month),
    View.YEAR: _part(lambda moment: moment.year),
}


_TRUTH: Mapping[object, Seen] = {True: "true", False: "false"}
_AS_TEXT: Mapping[type, Callable[[Any], Seen]] = {bool: _TRUTH.__getitem__, int: str}
_USUAL: Mapping[View, Mapping[type, Callable[[Any], Seen]]] = {View.TEXT: _AS_TEXT, View.CASED: _AS_TEXT}
"""What a view gives for types for which something built in gives the same: most values are such."""


def reader(view: View) -> Callable[[Value | None], Sight]:
    """The view of a whole field: absent stays absent, several values stay several."""
    scalar, usual = SCALAR[view], _USUAL.get(view, {})

    def read(value: Value | None) -> Sight:
        quick = usual.get(value.__class__)
        if quick is not None:
            return quick(value)
        if value is None:
            return None
        if isinstance(value, (tuple, list)):
            return tuple(seen for seen in map(scalar, value) if seen is not None)
        return scalar(value)

    return read


READERS: dict[View, Callable[[Value | None], Sight]] = {view: reader(view) for view in View}


def elements(sight: Sight) -> tuple[Seen, ...]:
    """The values of a sight, none where the field is absent."""
    if sight is None:
        return ()
    return sight if isinstance(sight, tuple) else (sight,)


def present(value: Value | None) -> bool:
    """Whether a field is there; one with no values is not, as in stores."""
    return value is not None and not (isinstance(value, (tuple, list)) and not value)
