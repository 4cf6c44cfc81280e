"""MQTT 3.1.1 (OASIS)."""

from __future__ import annotations

from itertools import count
from struct import pack

from sentinel.drill.wire import Exchange

PORT = 1883
ACCEPTED, NOT_AUTHORISED = 0, 5  # return codes of CONNACK


class Client:
    """A client and its broker; `id` names the client, and its packets are numbered."""

    def __init__(self, id: str) -> None:  # noqa: A002 the standard's word
        self._id, self._numbers = id, count(1)

    def connect(
        self, user: str = "", password: str = "", will: tuple[str, str] | None = None, returned: int = ACCEPTED
    ) -> Exchange:
        """CONNECT with a clean session, and CONNACK."""
        flags = 0x02 | (0x80 if user else 0) | (0x40 if password else 0) | (0x04 if will else 0)
        texts = [self._id, *(will or ()), *([user] if user else []), *([password] if password else [])]
        request = _text("MQTT") + pack("!BBH", 4, flags, 60) + b"".join(map(_text, texts))
        return _packet(0x10, request), _packet(0x20, bytes([0, returned]))

    def subscribe(self, *filters: str, qos: int = 1) -> Exchange:
        """SUBSCRIBE and SUBACK."""
        number = pack("!H", next(self._numbers))
        wanted = b"".join(_text(one) + bytes([qos]) for one in filters)
        return _packet(0x82, number + wanted), _packet(0x90, number + bytes([qos]) * len(filters))

    def publish(self, topic: str, payload: bytes, qos: int = 0, *, retain: bool = False) -> list[Exchange]:
        """PUBLISH, with PUBACK for quality of service 1, and the four packets of 2."""
        number = pack("!H", next(self._numbers)) if qos else b""
        sent = _packet(0x30 | qos << 1 | retain, _text(topic) + number + payload)
        if qos < 2:
            return [(sent, _packet(0x40, number) if qos else b"")]
        return [(sent, _packet(0x50, number)), (_packet(0x62, number), _packet(0x70, number))]

    def delivered(self, topic: str, payload: bytes, *, retain: bool = False) -> Exchange:
        """What the broker publishes to the client."""
        return b"", _packet(0x30 | retain, _text(topic) + payload)

    def ping(self) -> Exchange:
        """PINGREQ and PINGRESP."""
        return _packet(0xC0, b""), _packet(0xD0, b"")

    def disconnect(self) -> Exchange:
        """DISCONNECT."""
        return _packet(0xE0, b""), b""


def _text(text: str) -> bytes:
    octets = text.encode()
    return pack("!H", len(octets)) + octets


def _packet(head: int, body: bytes) -> bytes:
    length, rest = b"", len(body)
    while rest >= 0x80:
        length, rest = length + bytes([rest & 0x7F | 0x80]), rest >> 7
    return bytes([head]) + length + bytes([rest]) + body
