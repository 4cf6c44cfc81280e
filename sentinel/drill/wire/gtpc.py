"""GTP-C of version 2, TS 29.274, which no 5G core has but one beside an EPC; headers, and IEs as far as they matter."""

from __future__ import annotations

from struct import pack

from sentinel.drill.wire import Exchange

PORT = 2123
ACCEPTED = 16  # clause 8.4


def echo(sequence: int) -> Exchange:
    """Echo Request and Response (clauses 7.1.1 and 7.1.2), with a restart counter."""
    recovery = _ie(3, b"\x07")
    return _message(1, sequence, recovery), _message(2, sequence, recovery)


def create_session(sequence: int, imsi: str, teid: int = 0x1001) -> Exchange:
    """Create Session Request and Response (clauses 7.2.1 and 7.2.2), without bearers."""
    digits = imsi + "f" * (len(imsi) % 2)
    octets = bytes.fromhex("".join(digits[at + 1] + digits[at] for at in range(0, len(digits), 2)))
    request = _ie(1, octets) + _ie(82, b"\x06")
    return _message(32, sequence, request, 0), _message(33, sequence, _ie(2, bytes([ACCEPTED, 0])), teid)


def delete_session(sequence: int, teid: int) -> Exchange:
    """Delete Session Request and Response (clauses 7.2.9 and 7.2.10)."""
    return _message(36, sequence, _ie(73, b"\x05"), teid), _message(37, sequence, _ie(2, bytes([ACCEPTED, 0])), teid)


def _ie(kind: int, value: bytes) -> bytes:
    return pack("!BHB", kind, len(value), 0) + value


def _message(kind: int, sequence: int, ies: bytes, teid: int | None = None) -> bytes:
    head = b"" if teid is None else pack("!I", teid)
    body = head + pack("!I", sequence << 8) + ies
    return pack("!BBH", 0x40 if teid is None else 0x48, kind, len(body)) + body
