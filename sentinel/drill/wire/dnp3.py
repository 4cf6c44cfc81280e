"""DNP3, IEEE 1815: link frames with their checksums, one transport segment each, and the application layer."""

from __future__ import annotations

from struct import pack

from sentinel.drill.wire import Exchange

PORT = 20000
LATCH_ON, LATCH_OFF, CLOSE, TRIP = 3, 4, 0x41, 0x81  # control codes of a CROB (A.8.1)
SUCCESS, NOT_SUPPORTED = 0, 4  # control status (11.5)
CONFIRM, READ, SELECT, OPERATE, DIRECT_OPERATE = 0, 1, 3, 4, 5
COLD_RESTART, WARM_RESTART, STOP_APPLICATION, DISABLE_UNSOLICITED = 13, 14, 18, 21
_RESPONSE, _UNSOLICITED = 129, 130
_ONE = 0x28  # qualifier: a count and an index of two octets each


class Client:
    """A master and the outstation that answers it; they number their messages."""

    def __init__(self, master: int = 1, outstation: int = 10) -> None:
        self._ends, self._sequence, self._unsolicited, self._segments = (master, outstation), 0, 0, [0, 0]

    def read_classes(self, binary: dict[int, bool], analog: dict[int, int]) -> Exchange:
        """Integrity poll: classes 1, 2, 3 and 0, answered with binary (g1v2) and analog inputs (g30v2)."""
        asked = bytes.fromhex("3c0206 3c0306 3c0406 3c0106")
        answered = b"".join(_point(1, 2, at, bytes([0x01 | on << 7])) for at, on in binary.items())
        answered += b"".join(_point(30, 2, at, pack("<Bh", 1, value)) for at, value in analog.items())
        return self.request(READ, asked, answered)

    def operate(self, index: int, control: int = LATCH_ON, *, direct: bool = True) -> list[Exchange]:
        """A control relay output block (g12v1): operated directly, or selected first."""
        crob = _point(12, 1, index, pack("<BBIIB", control, 1, 100, 100, SUCCESS))
        return [self.request(code, crob, crob) for code in _steps(direct)]

    def set_point(self, index: int, value: float, *, direct: bool = True, status: int = SUCCESS) -> list[Exchange]:
        """An analog output: 16 bits (g41v2) of a whole number, else short floating point (g41v3)."""
        variation, octets = (2, pack("<h", value)) if isinstance(value, int) else (3, pack("<f", value))
        asked = _point(41, variation, index, octets + bytes([SUCCESS]))
        answered = _point(41, variation, index, octets + bytes([status]))
        return [self.request(code, asked, answered) for code in _steps(direct)]

    def restart(self, *, cold: bool = True) -> Exchange:
        """Cold or warm restart, answered with the time it takes (g52v1)."""
        return self.request(COLD_RESTART if cold else WARM_RESTART, b"", bytes.fromhex("340107 01 0500"))

    def disable_unsolicited(self) -> Exchange:
        """No unsolicited responses of any class."""
        return self.request(DISABLE_UNSOLICITED, bytes.fromhex("3c0206 3c0306 3c0406"), b"")

    def request(self, code: int, asked: bytes, answered: bytes, indications: int = 0) -> Exchange:
        """Any function and its response."""
        number = 0xC0 | self._sequence
        self._sequence = (self._sequence + 1) % 16
        return (
            self._frame(0, bytes([number, code]) + asked),
            self._frame(1, bytes([number, _RESPONSE]) + pack("!H", indications) + answered),
        )

    def unsolicited(self, index: int, *, on: bool) -> list[Exchange]:
        """A change of a binary input (g2v1) that the outstation reports, and its confirmation."""
        number = 0xF0 | self._unsolicited
        self._unsolicited = (self._unsolicited + 1) % 16
        change = _point(2, 1, index, bytes([0x01 | on << 7]))
        told = self._frame(1, bytes([number, _UNSOLICITED, 0, 0]) + change)
        return [(b"", told), (self._frame(0, bytes([0xD0 | number & 0x0F, CONFIRM])), b"")]

    def _frame(self, end: int, fragment: bytes) -> bytes:
        """Unconfirmed user data of one end: 0 the master, 1 the outstation."""
        source, destination = self._ends[end], self._ends[1 - end]
        data = bytes([0xC0 | self._segments[end]]) + fragment
        self._segments[end] = (self._segments[end] + 1) % 64
        header = pack("<HBBHH", 0x6405, 5 + len(data), 0x44 | (0x80 if end == 0 else 0), destination, source)
        blocks = [data[at : at + 16] for at in range(0, len(data), 16)]
        return b"".join(block + pack("<H", crc(block)) for block in [header, *blocks])


def crc(octets: bytes) -> int:
    """The checksum of a block (9.2.4.1): x16+x13+x12+x11+x10+x8+x6+x5+x2+1, reflected and inverted."""
    value = 0
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0xA6BC if value & 1 else 0)
    return value ^ 0xFFFF


def _steps(direct: bool) -> tuple[int, ...]:
    return (DIRECT_OPERATE,) if direct else (SELECT, OPERATE)


def _point(group: int, variation: int, index: int, value: bytes) -> bytes:
    return bytes([group, variation, _ONE]) + pack("<HH", 1, index) + value
