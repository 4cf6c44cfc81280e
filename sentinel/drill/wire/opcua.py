"""OPC UA over TCP in its binary encoding (OPC 10000-6), without security so that everything can be seen."""

from __future__ import annotations

from itertools import count
from random import Random
from struct import pack
from typing import TypeAlias

from sentinel.drill.wire import Exchange

PORT = 4840
NONE = "http://opcfoundation.org/UA/SecurityPolicy#None"
BASIC256_SHA256 = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256"
GOOD, BAD_USER_ACCESS_DENIED = 0, 0x801F0000
NULL = b"\xff\xff\xff\xff"

Scalar: TypeAlias = bool | int | float | str
"""A value, written as Boolean, Int32, Double or String."""


class Client:
    """A client and its server: one secure channel with policy None, one session."""

    def __init__(self, endpoint: str, application: str = "urn:plant:hmi") -> None:
        self._endpoint, self._application = endpoint, application
        self._sequence, self._answered, self._requests = count(1), count(1), count(1)
        self._token = b"\x00\x00"  # the session's, once there is one

    def connect(self, user: str = "", password: str = "") -> list[Exchange]:
        """Hello, secure channel, session, and the user, anonymous unless named."""
        limits = pack("<IIIII", 0, 65536, 65536, 0, 0)
        hello = _chunk(b"HELF", limits + string(self._endpoint)), _chunk(b"ACKF", limits)
        return [hello, self._open(), self._create_session(), self._activate_session(user, password)]

    def secured(self, random: Random) -> list[Exchange]:
        """Hello, and a secure channel with a policy that encrypts: nothing behind its name can be read."""
        hello = (
            _chunk(b"HELF", pack("<IIIII", 0, 65536, 65536, 0, 0) + string(self._endpoint)),
            _chunk(b"ACKF", bytes(20)),
        )
        certificate, thumbprint = random.randbytes(600), random.randbytes(20)
        head = string(BASIC256_SHA256) + pack("<I", 600) + certificate + pack("<I", 20) + thumbprint
        opened = [_chunk(b"OPNF", pack("<I", channel) + head + random.randbytes(256)) for channel in (0, 7)]
        return [hello, (opened[0], opened[1])]

    def read(self, *nodes: tuple[str, Scalar]) -> Exchange:
        """Read (631) of the values of nodes such as `ns=2;s=Pump.Speed`."""
        asked = b"".join(node_id(name) + pack("<I", 13) + NULL + b"\0\0" + NULL for name, _ in nodes)
        given = b"".join(b"\x01" + variant(value) for _, value in nodes)
        request = pack("<dII", 0, 2, len(nodes)) + asked
        return self.service(631, 634, request, pack("<I", len(nodes)) + given + NULL)

    def write(self, *nodes: tuple[str, Scalar], result: int = GOOD) -> Exchange:
        """Write (673) of values."""
        asked = b"".join(node_id(name) + pack("<I", 13) + NULL + b"\x01" + variant(value) for name, value in nodes)
        results = pack("<I", len(nodes)) + pack("<I", result) * len(nodes) + NULL
        return self.service(673, 676, pack("<I", len(nodes)) + asked, results)

    def call(self, node: str, method: str, *arguments: Scalar, result: int = GOOD) -> Exchange:
        """Call (712) of a method."""
        given = pack("<I", len(arguments)) + b"".join(map(variant, arguments))
        request = pack("<I", 1) + node_id(node) + node_id(method) + given
        return self.service(712, 715, request, pack("<II", 1, result) + NULL * 3 + NULL)

    def close(self) -> list[Exchange]:
        """CloseSession (473), and the channel, which is not answered."""
        ended = self.service(473, 476, b"\x01", b"")
        body = _type(452) + self._request_header()
        return [ended, (_chunk(b"CLOF", self._head(self._sequence, next(self._requests)) + body), b"")]

    def service(self, request: int, response: int, asked: bytes, answered: bytes, result: int = GOOD) -> Exchange:
        """Any service, by the encoding ids of its request and response."""
        number = next(self._requests)
        head, answer = self._head(self._sequence, number), self._head(self._answered, number)
        return (
            _chunk(b"MSGF", head + _type(request) + self._request_header() + asked),
            _chunk(b"MSGF", answer + _type(response) + _response_header(result) + answered),
        )

    def _open(self) -> Exchange:
        number, policy = next(self._requests), string(NONE) + NULL + NULL
        wanted = _type(446) + self._request_header() + pack("<III", 0, 0, 1) + NULL + pack("<I", 3_600_000)
        token = pack("<IIqI", 7, 1, 0, 3_600_000)
        given = _type(449) + _response_header(GOOD) + pack("<I", 0) + token + NULL
        request = pack("<I", 0) + policy + pack("<II", next(self._sequence), number) + wanted
        return _chunk(b"OPNF", request), _chunk(
            b"OPNF", pack("<I", 7) + policy + pack("<II", next(self._answered), number) + given
        )

    def _create_session(self) -> Exchange:
        application = string(self._application) + string("urn:product") + b"\x02" + string("Panel")
        application += pack("<I", 1) + NULL + NULL + NULL
        limits = pack("<dI", 60_000.0, 65536)
        request = application + NULL + string(self._endpoint) + string("session 1") + NULL + NULL + limits
        token = node_id("ns=1;i=4711")
        given = node_id("ns=1;i=1") + token + pack("<d", 60_000.0) + NULL * 4 + NULL + NULL + pack("<I", 0)
        exchange = self.service(461, 464, request, given)
        self._token = token
        return exchange

    def _activate_session(self, user: str, password: str) -> Exchange:
        if user:
            identity = string("username") + string(user) + string(password) + NULL
            token = _type(324) + b"\x01" + pack("<I", len(identity)) + identity
        else:
            identity = string("anonymous")
            token = _type(321) + b"\x01" + pack("<I", len(identity)) + identity
        request = NULL + NULL + NULL + pack("<I", 1) + string("en") + token + NULL + NULL
        return self.service(467, 470, request, NULL * 3)

    def _request_header(self) -> bytes:
        return self._token + pack("<qII", 0, 1, 0) + NULL + pack("<I", 5000) + b"\0\0\0"

    def _head(self, sequence: count[int], request: int) -> bytes:
        return pack("<IIII", 7, 1, next(sequence), request)


def string(text: str) -> bytes:
    """A string with its length."""
    octets = text.encode()
    return pack("<I", len(octets)) + octets


def node_id(name: str) -> bytes:
    """A node identifier: `ns=2;s=Pump.Speed`, `ns=4;i=77`, `i=2253`."""
    space, _, identifier = name.rpartition(";")
    namespace, (kind, _, rest) = int(space[3:] or 0), identifier.partition("=")
    if kind == "s":
        return pack("<BH", 3, namespace) + string(rest)
    return pack("<BBH", 1, namespace, int(rest))


def variant(value: Scalar) -> bytes:
    """A value with its type."""
    if isinstance(value, bool):
        return bytes([1, value])
    if isinstance(value, int):
        return pack("<Bi", 6, value)
    return b"\x0c" + string(value) if isinstance(value, str) else pack("<Bd", 11, value)


def _type(number: int) -> bytes:
    return pack("<BBH", 1, 0, number)


def _response_header(result: int) -> bytes:
    return pack("<qII", 0, 1, result) + b"\0" + NULL + b"\0\0\0"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + pack("<I", 8 + len(body)) + body
