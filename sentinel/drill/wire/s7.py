"""S7comm over TPKT (RFC 1006) and COTP class 0 (ISO 8073), and S7comm-plus; as STEP 7, TIA Portal and their PLCs talk.

Addresses are written as Siemens does: `DB1.DBW10`, `DB1.DBX0.3`, `DB1.DBD4`, `MW100`, `M0.1`, `IB2`, `QW8`.
"""

from __future__ import annotations

import re
from itertools import count
from struct import pack

from sentinel.drill.wire import Exchange

PORT = 102
OBJECT_DOES_NOT_EXIST, ACCESS_DENIED = 0x0A, 0x03  # return codes of items
_AREAS = {"DB": 0x84, "I": 0x81, "Q": 0x82, "M": 0x83}
_SIZES = {"X": (1, 1), "B": (2, 1), "W": (5, 2), "D": (7, 4), "R": (8, 4)}
_ADDRESS = re.compile(r"(?:DB(\d+)\.DB|([IQM]))([XBWDR]?)(\d+)(?:\.(\d))?")


def tpkt(tpdu: bytes) -> bytes:
    """A TPDU in a TPKT."""
    return pack("!BBH", 3, 0, 4 + len(tpdu)) + tpdu


def data(pdu: bytes) -> bytes:
    """A PDU in one DT TPDU."""
    return tpkt(b"\x02\xf0\x80" + pdu)


def connect(called: bytes, calling: bytes = b"\x01\x00") -> Exchange:
    """COTP connection request and confirm, with TSAPs."""
    parameters = bytes([0xC0, 1, 10, 0xC1, len(calling)]) + calling + bytes([0xC2, len(called)]) + called
    length = 6 + len(parameters)
    request = bytes([length, 0xE0]) + pack("!HHB", 0, 1, 0) + parameters
    confirm = bytes([length, 0xD0]) + pack("!HHB", 1, 0x4431, 0) + parameters
    return tpkt(request), tpkt(confirm)


class Client:
    """An engineering station or HMI and the PLC that answers it; it numbers its jobs."""

    def __init__(self, rack: int = 0, slot: int = 1, connection: int = 1) -> None:
        self._called = bytes([connection, rack << 5 | slot])  # connection 1 is a PG, 2 an OP
        self._references = count(1)

    def connect(self, length: int = 480) -> list[Exchange]:
        """COTP connection, and setup of communication with PDUs of `length`."""
        setup = pack("!BBHHH", 0xF0, 0, 1, 1, length)
        return [connect(self._called), self._job(setup, b"", setup, b"")]

    def read(self, address: str, value: float) -> Exchange:
        """Read Var (4) of one item, answered with `value`."""
        item, kind = _item(address)
        return self._job(b"\x04\x01" + item, b"", b"\x04\x01", b"\xff" + _value(kind, value))

    def write(self, address: str, value: float, returned: int = 0xFF) -> Exchange:
        """Write Var (5) of one item, answered with the code `returned`."""
        item, kind = _item(address)
        return self._job(b"\x05\x01" + item, b"\x00" + _value(kind, value), b"\x05\x01", bytes([returned]))

    def plc_stop(self) -> Exchange:
        """PLC Stop (0x29)."""
        return self._job(b"\x29" + bytes(5) + _text(b"P_PROGRAM"), b"", b"\x29", b"")

    def plc_start(self, *, cold: bool = False) -> Exchange:
        """PI service P_PROGRAM (0x28): warm restart, or cold."""
        return self.pi_service("P_PROGRAM", b"C " if cold else b"")

    def pi_service(self, name: str, argument: bytes = b"") -> Exchange:
        """PI service (0x28), such as `_INSE`, `_DELE`, `_MODU`, `_GARB`, `P_PROGRAM`."""
        head = b"\x28" + bytes(6) + b"\xfd" + pack("!H", len(argument)) + argument
        return self._job(head + _text(name.encode()), b"", b"\x28", b"")

    def download(self, block: str, code: bytes) -> list[Exchange]:
        """Download of a block, which the PLC asks for piece by piece (0x1a, 0x1b, 0x1c); then it is inserted."""
        name = b"_" + _file(block) + b"P"
        where = bytes([0, 1, 0, 0, 0, 0, 0]) + _text(name)
        lengths = _text(b"1" + b"%06d" % len(code) + b"%06d" % len(code))
        request, acknowledged = self._job(b"\x1a" + where + lengths, b"", b"\x1a", b"")
        (ask, give), (end, ended) = (
            self._job(b"\x1b" + where, b"", b"\x1b\x00", pack("!HH", len(code), 0xFB) + code),
            self._job(b"\x1c" + where, b"", b"\x1c", b""),
        )
        insert = self.pi_service("_INSE", b"\x01\x00" + name[1:])
        return [(request, acknowledged + ask), (give, end), (ended, b""), insert]

    def upload(self, block: str, code: bytes) -> list[Exchange]:
        """Upload of a block (0x1d, 0x1e, 0x1f)."""
        name, upload = b"_" + _file(block) + b"A", pack("!I", 7)
        started = b"\x1d" + bytes(3) + upload + _text(b"%07d" % len(code))
        return [
            self._job(b"\x1d" + bytes(7) + _text(name), b"", started, b""),
            self._job(b"\x1e" + bytes(3) + upload, b"", b"\x1e\x00", pack("!HH", len(code), 0xFB) + code),
            self._job(b"\x1f" + bytes(3) + upload, b"", b"\x1f", b""),
        ]

    def module_identification(self, order_number: str) -> Exchange:
        """Userdata: a read of the system status list 0x0011, index 1."""
        reference = next(self._references)
        asked = pack("!BBH", 0xFF, 9, 4) + pack("!HH", 0x0011, 1)
        entry = pack("!H", 1) + order_number.encode().ljust(20) + pack("!HHH", 0, 1, 1)
        listed = pack("!HHHH", 0x0011, 1, len(entry), 1) + entry
        answered = pack("!BBH", 0xFF, 9, len(listed)) + listed
        return (
            data(_pdu(7, reference, b"\x00\x01\x12\x04\x11\x44\x01\x00", asked)),
            data(_pdu(7, reference, b"\x00\x01\x12\x08\x12\x84\x01\x01" + bytes(4), answered)),
        )

    def _job(self, parameters: bytes, octets: bytes, answered: bytes, returned: bytes) -> Exchange:
        reference = next(self._references)
        job = _pdu(1, reference, parameters, octets)
        return data(job), data(_pdu(3, reference, answered, returned, error=b"\0\0"))


class PlusClient:
    """TIA Portal and an S7-1200: S7comm-plus of version 1, then 2 in a session (0x72)."""

    def __init__(self, session: int = 0x3A1) -> None:
        self._session, self._sequence = session, count(1)

    def connect(self) -> list[Exchange]:
        """COTP connection to `SIMATIC-ROOT-HMI`, and CreateObject of a session."""
        request = (
            pack("!I", 0x11D) + b"\x04\x00\x00\x00\x00\x00\xa1\x00\x00\x00\xd3\x82\x1f\x00\x00\xa3\x81\x69\x00\x15\x00"
        )
        answer = b"\x00\x02" + b"\x87\x21" + b"\x87\x22" + b"\xa1\x00\x00\x01\x20\x82\x1f\x00\x00\xa2"
        created = self._exchange(0x04CA, request + b"\xa2\x00\x00\x00\x00", answer, version=1, session=0x120)
        return [connect(b"SIMATIC-ROOT-HMI"), created]

    def set_operating_state(self, *, run: bool) -> Exchange:
        """SetVariable (0x4f2) of the CPU's execution unit: run or stop."""
        state = 3 if run else 1
        request = pack("!I", 0x34) + b"\x01\x90\x77\x00\x08" + bytes([state]) + bytes(4)
        return self._exchange(0x04F2, request, b"\x00" + bytes(4))

    def explore(self) -> Exchange:
        """Explore (0x4bb) of the PLC's program."""
        return self._exchange(0x04BB, pack("!I", 3) + b"\x00\x01\x01\x00\x00" + bytes(4), b"\x00" + bytes(8))

    def _exchange(self, code: int, body: bytes, answer: bytes, version: int = 2, session: int = 0) -> Exchange:
        number = next(self._sequence)
        request = pack("!BHHHHIB", 0x31, 0, code, 0, number, session or self._session, 0x36) + body
        response = pack("!BHHHHB", 0x32, 0, code, 0, number, 0x36) + answer
        return _plus(version, request), _plus(version, response)


def _plus(version: int, body: bytes) -> bytes:
    return data(pack("!BBH", 0x72, version, len(body)) + body + pack("!BBH", 0x72, version, 0))


def _pdu(kind: int, reference: int, parameters: bytes, octets: bytes, error: bytes = b"") -> bytes:
    return pack("!BBHHHH", 0x32, kind, 0, reference, len(parameters), len(octets)) + error + parameters + octets


def _item(address: str) -> tuple[bytes, str]:
    """An item specification of the syntax S7ANY, and the letter of its type."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(f"`{address}` is no address such as `DB1.DBW10` or `MW100`")
    block, area, letter, byte, bit = found.groups()
    kind = letter or "X"
    bits = int(byte) * 8 + int(bit or 0)
    place = (_AREAS[area or "DB"] << 24 | bits).to_bytes(4, "big")
    return b"\x12\x0a\x10" + bytes([_SIZES[kind][0]]) + pack("!HH", 1, int(block or 0)) + place, kind


def _value(kind: str, value: float) -> bytes:
    """Transport size, length and octets of a data item."""
    size = _SIZES[kind][1]
    if kind == "R":
        return pack("!BHf", 7, 4, value)
    octets = (int(value) % (1 << 8 * size)).to_bytes(size, "big")
    return pack("!BH", 3, 1) + octets if kind == "X" else pack("!BH", 4, 8 * size) + octets


def _text(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def _file(block: str) -> bytes:
    """The file name of a block: its type in hexadecimal, and its number in five digits."""
    kind, number = block[:2], int(block[2:])
    return {"OB": b"08", "DB": b"0A", "FC": b"0C", "FB": b"0E"}[kind] + b"%05d" % number
