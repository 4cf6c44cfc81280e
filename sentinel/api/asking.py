"""A request and its answer as octets, for those who answer enforcement points ahead of the application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Asking(NamedTuple):
    """A request that is whole; each of its headers is there once, with its name in lower case."""

    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes


class Told(NamedTuple):
    """An answer. `headers` are lines, each with its end; that of the length is not among them."""

    status: int
    headers: bytes
    body: bytes


JSON = b"content-type: application/json\r\n"
