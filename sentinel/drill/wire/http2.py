"""HTTP/2 without TLS and prior knowledge (RFC 9113), as network functions talk (TS 29.500).

Header fields are HPACK literals that are not indexed (RFC 7541, 6.2.2), but for what is in the static table.
"""

from __future__ import annotations

from itertools import count
from struct import pack

from sentinel.drill.wire import Exchange

PORT = 7777
Fields = dict[str, str]
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST, _SETTINGS, _GOAWAY = 0, 1, 3, 4, 7
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
_STATIC = {(":method", "GET"): 2, (":method", "POST"): 3, (":scheme", "http"): 6, (":status", "200"): 8,
           (":status", "204"): 9, (":status", "404"): 13}  # fmt: skip


class Client:
    """A connection of one network function to another, `authority`; each request has a stream of its own."""

    def __init__(self, authority: str, agent: str = "") -> None:
        self._authority, self._agent, self._streams = authority, agent, count(1, 2)

    def connect(self) -> list[Exchange]:
        """Preface and settings of both, and their acknowledgements."""
        settings = _frame(_SETTINGS, 0, 0, pack("!HI", 3, 128))
        acknowledged = _frame(_SETTINGS, _ACK, 0, b"")
        return [(_PREFACE + settings, settings + acknowledged), (acknowledged, b"")]

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        more: Fields | None = None,
        status: int = 200,
        answer: bytes = b"",
    ) -> Exchange:
        """A request and its answer; bodies are JSON."""
        stream = next(self._streams)
        head = {":method": method, ":scheme": "http", ":authority": self._authority, ":path": path}
        agent = {"user-agent": self._agent} if self._agent else {}
        asked = {**head, **agent, **(more or {}), **_json(body)}
        return _message(stream, asked, body), _message(stream, {":status": str(status), **_json(answer)}, answer)

    def reset(self, code: int = 8) -> Exchange:
        """Opens a stream and cancels it at once."""
        stream = next(self._streams)
        head = {":method": "GET", ":scheme": "http", ":authority": self._authority, ":path": "/"}
        return _message(stream, head, b"") + _frame(_RST, 0, stream, pack("!I", code)), b""

    def go_away(self) -> Exchange:
        """GOAWAY without error."""
        return _frame(_GOAWAY, 0, 0, pack("!II", 0, 0)), b""


def _json(body: bytes) -> Fields:
    return {"content-type": "application/json", "content-length": str(len(body))} if body else {}


def _message(stream: int, fields: Fields, body: bytes) -> bytes:
    ends = 0 if body else _END_STREAM
    head = _frame(_HEADERS, _END_HEADERS | ends, stream, b"".join(_field(*field) for field in fields.items()))
    return head + (_frame(_DATA, _END_STREAM, stream, body) if body else b"")


def _field(name: str, value: str) -> bytes:
    known = _STATIC.get((name, value))
    return bytes([0x80 | known]) if known else b"\0" + _literal(name) + _literal(value)


def _literal(text: str) -> bytes:
    octets, rest = text.encode(), len(text.encode()) - 0x7F
    if rest < 0:
        return bytes([len(octets)]) + octets
    length = b"\x7f"
    while rest >= 0x80:
        length, rest = length + bytes([rest & 0x7F | 0x80]), rest >> 7
    return length + bytes([rest]) + octets


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + pack("!BBI", kind, flags, stream) + payload
