"""EtherNet/IP (CIP volume 2) and the services of CIP (volume 1) that it carries."""

from __future__ import annotations

from itertools import count
from struct import pack

from sentinel.drill.wire import Exchange

PORT, IO_PORT = 44818, 2222
IDENTITY, CONNECTION_MANAGER = 1, 6  # classes
RESET, STOP, SET_ATTRIBUTE_SINGLE = 0x05, 0x07, 0x10  # services
DINT, REAL = 0xC4, 0xCA  # elementary types (volume 1, C-6.1)
PRIVILEGE_VIOLATION = 0x0F  # general status


class Client:
    """An originator and its target, in the session `session`."""

    def __init__(self, session: int = 0x01020304) -> None:
        self._session, self._serial, self._contexts = session, 0, count(1)

    def list_identity(self, name: str = "1756-L61/B") -> Exchange:
        """ListIdentity, for UDP or TCP."""
        address = pack("!HHI8x", 2, PORT, 0)
        text = name.encode()
        identity = pack("<H", 1) + address + pack("<HHHBBHIB", 1, 14, 54, 20, 11, 0x60, 0x00C0FFEE, len(text)) + text
        items = pack("<HHH", 1, 0x0C, len(identity) + 1) + identity + b"\x03"
        return _packet(0x63, 0, b""), _packet(0x63, 0, items)

    def register(self) -> Exchange:
        """RegisterSession."""
        version = pack("<HH", 1, 0)
        return _packet(0x65, 0, version), _packet(0x65, self._session, version)

    def unregister(self) -> Exchange:
        """UnRegisterSession, which is not answered."""
        return _packet(0x66, self._session, b""), b""

    def read_tag(self, tag: str, value: int) -> Exchange:
        """Read Tag (0x4c) of a DINT."""
        return self.service(0x4C, symbol(tag), pack("<H", 1), pack("<Hi", DINT, value))

    def write_tag(self, tag: str, value: float) -> Exchange:
        """Write Tag (0x4d): a DINT for a whole number, else a REAL."""
        typed = pack("<HHi", DINT, 1, value) if isinstance(value, int) else pack("<HHf", REAL, 1, value)
        return self.service(0x4D, symbol(tag), typed, b"")

    def set_attribute(self, kind: int, instance: int, attribute: int, value: bytes, status: int = 0) -> Exchange:
        """Set_Attribute_Single (0x10)."""
        return self.service(SET_ATTRIBUTE_SINGLE, path(kind, instance, attribute), value, b"", status)

    def reset(self, kind: int = 0, status: int = 0) -> Exchange:
        """Reset (0x05) of the identity object: 0 restarts, 1 goes back to factory settings."""
        return self.service(RESET, path(IDENTITY, 1), bytes([kind]), b"", status)

    def stop(self, kind: int = IDENTITY, instance: int = 1) -> Exchange:
        """Stop (0x07) of an object."""
        return self.service(STOP, path(kind, instance), b"", b"")

    def forward_open(self, vendor: int = 0x1337, serial: int = 0x00BADCAB) -> Exchange:
        """Forward_Open (0x54) of a class 1 connection to assembly 100, over backplane port 1, slot 0."""
        self._serial += 1
        triad = pack("<HHI", self._serial, vendor, serial)
        wanted = pack("<BBII", 0x0A, 14, 0, 0x00AA0001) + triad + pack("<B3x", 1)
        wanted += pack("<IHIHB", 100_000, 0x4802, 100_000, 0x4802, 0x01)
        route = b"\x01\x00" + path(4, 100)
        given = pack("<II", 0x00BB0001, 0x00AA0001) + triad + pack("<IIBx", 100_000, 100_000, 0)
        request = wanted + bytes([len(route) // 2]) + route
        return self.service(0x54, path(CONNECTION_MANAGER, 1), request, given)

    def service(self, service: int, where: bytes, request: bytes, reply: bytes, status: int = 0) -> Exchange:
        """Any service, unconnected (SendRRData)."""
        asked = bytes([service, len(where) // 2]) + where + request
        answered = bytes([service | 0x80, 0, status, 0]) + (reply if status == 0 else b"")
        context = next(self._contexts)
        return self._unconnected(context, asked), self._unconnected(context, answered)

    def _unconnected(self, context: int, message: bytes) -> bytes:
        items = pack("<IHHHHHH", 0, 5, 2, 0, 0, 0xB2, len(message)) + message
        return _packet(0x6F, self._session, items, context)


def implicit(connection: int, sequence: int, data: bytes) -> bytes:
    """A datagram of implicit I/O, class 1."""
    body = pack("<H", sequence & 0xFFFF) + data
    return pack("<HHHIIHH", 2, 0x8002, 8, connection, sequence, 0xB1, len(body)) + body


def path(kind: int, instance: int, attribute: int | None = None) -> bytes:
    """Logical segments of one octet each (volume 1, C-1.4.2)."""
    found = bytes([0x20, kind, 0x24, instance])
    return found if attribute is None else found + bytes([0x30, attribute])


def symbol(tag: str) -> bytes:
    """An ANSI extended symbol segment."""
    name = tag.encode()
    return bytes([0x91, len(name)]) + name + b"\0" * (len(name) % 2)


def _packet(command: int, session: int, data: bytes, context: int = 0) -> bytes:
    return pack("<HHIIQI", command, len(data), session, 0, context, 0) + data
