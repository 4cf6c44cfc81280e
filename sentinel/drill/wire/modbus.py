"""Modbus/TCP, Modbus Application Protocol Specification V1.1b3."""

from __future__ import annotations

from itertools import count
from struct import pack

from sentinel.drill.wire import Exchange

PORT = 502
RESTART, LISTEN_ONLY, CLEAR_COUNTERS = 1, 4, 10  # sub-functions of diagnostics (clause 6.8)
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE = 1, 2, 3, 4


class Client:
    """A master, which numbers its transactions; `unit` is the server behind the address."""

    def __init__(self, unit: int = 1) -> None:
        self.unit = unit
        self._numbers = count(1)

    def read(self, address: int, registers: list[int]) -> Exchange:
        """Read Holding Registers (3), answered with `registers`."""
        return self._exchange(_place(3, address, len(registers)), b"\x03" + _counted(_words(registers)))

    def read_coils(self, address: int, coils: list[bool]) -> Exchange:
        """Read Coils (1)."""
        return self._exchange(_place(1, address, len(coils)), b"\x01" + _counted(_bits(coils)))

    def write(self, address: int, *registers: int) -> Exchange:
        """Write Single Register (6), or of more than one Multiple Registers (16)."""
        if len(registers) == 1:
            request = _place(6, address, registers[0])
            return self._exchange(request, request)
        head = _place(16, address, len(registers))
        return self._exchange(head + _counted(_words(list(registers))), head)

    def write_coil(self, address: int, *, on: bool) -> Exchange:
        """Write Single Coil (5)."""
        request = _place(5, address, 0xFF00 if on else 0)
        return self._exchange(request, request)

    def write_coils(self, address: int, coils: list[bool]) -> Exchange:
        """Write Multiple Coils (15)."""
        head = _place(15, address, len(coils))
        return self._exchange(head + _counted(_bits(coils)), head)

    def mask_write(self, address: int, and_mask: int, or_mask: int) -> Exchange:
        """Mask Write Register (22)."""
        request = pack("!BHHH", 22, address, and_mask, or_mask)
        return self._exchange(request, request)

    def diagnostics(self, sub_function: int, data: int = 0) -> Exchange:
        """Diagnostics (8); a server that is to listen only does not answer."""
        request = _place(8, sub_function, data)
        asked, answered = self._exchange(request, request)
        return asked, b"" if sub_function == LISTEN_ONLY else answered

    def device_identification(self, vendor: str, product: str, revision: str) -> Exchange:
        """Read Device Identification (43/14), the basic category."""
        texts = [text.encode() for text in (vendor, product, revision)]
        objects = b"".join(bytes([at, len(text)]) + text for at, text in enumerate(texts))
        return self._exchange(bytes([43, 14, 1, 0]), bytes([43, 14, 1, 1, 0, 0, len(texts)]) + objects)

    def refused(self, request: Exchange, code: int = ILLEGAL_ADDRESS) -> Exchange:
        """`request` with an exception for an answer (clause 7)."""
        head, function = request[0][:4], request[0][7]
        return request[0], head + pack("!HBBB", 3, self.unit, function | 0x80, code)

    def _exchange(self, request: bytes, reply: bytes) -> Exchange:
        number = next(self._numbers)
        head = [pack("!HHHB", number, 0, 1 + len(pdu), self.unit) for pdu in (request, reply)]
        return head[0] + request, head[1] + reply


def _place(function: int, address: int, more: int) -> bytes:
    return pack("!BHH", function, address, more)


def _counted(data: bytes) -> bytes:
    return bytes([len(data)]) + data


def _words(values: list[int]) -> bytes:
    return pack(f"!{len(values)}H", *values)


def _bits(values: list[bool]) -> bytes:
    whole = sum(1 << at for at, value in enumerate(values) if value)
    return whole.to_bytes((len(values) + 7) // 8, "little")
