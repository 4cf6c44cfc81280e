"""IEC 60870-5-104 with the ASDUs of IEC 60870-5-101: cause of two octets, common address of two, object of three."""

from __future__ import annotations

from struct import pack

from sentinel.drill.wire import Exchange

PORT = 2404
ACTIVATION, CONFIRMATION, TERMINATION, SPONTANEOUS, INTERROGATED = 6, 7, 10, 3, 20  # causes of transmission
C_SC_NA, C_DC_NA, C_SE_NB, C_SE_NC, C_IC_NA, C_CS_NA, C_RP_NA = 45, 46, 49, 50, 100, 103, 105
M_SP_NA, M_ME_NC = 1, 13
_NEGATIVE = 0x40
_SELECT = 0x80


class Client:
    """A controlling station and the station it controls; both count what they send."""

    def __init__(self, address: int = 1, originator: int = 0) -> None:
        self.address, self.originator = address, originator
        self._sent = self._received = 0

    def start_dt(self) -> Exchange:
        """STARTDT act and con."""
        return _u(0x07), _u(0x0B)

    def stop_dt(self) -> Exchange:
        """STOPDT act and con."""
        return _u(0x13), _u(0x23)

    def test(self) -> Exchange:
        """TESTFR act and con."""
        return _u(0x43), _u(0x83)

    def interrogate(self, points: dict[int, bool], measured: dict[int, float]) -> Exchange:
        """General interrogation, answered with single points and short floating point values."""
        request = self._up(C_IC_NA, ACTIVATION, 0, b"\x14")
        reply = self._down(C_IC_NA, CONFIRMATION, 0, b"\x14")
        for address, on in points.items():
            reply += self._down(M_SP_NA, INTERROGATED, address, bytes([on]))
        for address, value in measured.items():
            reply += self._down(M_ME_NC, INTERROGATED, address, pack("<fB", value, 0))
        return request, reply + self._down(C_IC_NA, TERMINATION, 0, b"\x14")

    def single_command(self, address: int, *, on: bool, select: bool = False, refused: bool = False) -> Exchange:
        """C_SC_NA_1: selected, or executed, confirmed and terminated."""
        return self._command(C_SC_NA, address, bytes([on | _SELECT * select]), select, refused)

    def double_command(self, address: int, *, on: bool, select: bool = False, refused: bool = False) -> Exchange:
        """C_DC_NA_1: off is 1, on is 2."""
        return self._command(C_DC_NA, address, bytes([1 + on | _SELECT * select]), select, refused)

    def set_point(self, address: int, value: float, *, refused: bool = False) -> Exchange:
        """C_SE_NB_1 for a whole number, C_SE_NC_1 for another."""
        if isinstance(value, int):
            return self._command(C_SE_NB, address, pack("<hB", value, 0), False, refused)
        return self._command(C_SE_NC, address, pack("<fB", value, 0), False, refused)

    def reset_process(self) -> Exchange:
        """C_RP_NA_1."""
        return self._up(C_RP_NA, ACTIVATION, 0, b"\x01"), self._down(C_RP_NA, CONFIRMATION, 0, b"\x01")

    def spontaneous(self, address: int, value: float) -> Exchange:
        """A measured value that the station reports by itself, acknowledged by an S-format APDU the other way."""
        return b"", self._down(M_ME_NC, SPONTANEOUS, address, pack("<fB", value, 0))

    def acknowledge(self) -> Exchange:
        """S-format of the controlling station."""
        return _apdu(pack("<HH", 1, self._received << 1)), b""

    def _command(self, kind: int, address: int, value: bytes, select: bool, refused: bool) -> Exchange:
        request = self._up(kind, ACTIVATION, address, value)
        if refused:
            return request, self._down(kind, CONFIRMATION | _NEGATIVE, address, value)
        reply = self._down(kind, CONFIRMATION, address, value)
        return request, reply if select else reply + self._down(kind, TERMINATION, address, value)

    def _up(self, kind: int, cause: int, address: int, value: bytes) -> bytes:
        apdu = self._information(self._sent, self._received, kind, cause, address, value)
        self._sent += 1
        return apdu

    def _down(self, kind: int, cause: int, address: int, value: bytes) -> bytes:
        apdu = self._information(self._received, self._sent, kind, cause, address, value)
        self._received += 1
        return apdu

    def _information(self, sent: int, received: int, kind: int, cause: int, address: int, value: bytes) -> bytes:
        head = pack("<BBBBH", kind, 1, cause, self.originator, self.address)
        return _apdu(pack("<HH", sent << 1, received << 1) + head + address.to_bytes(3, "little") + value)


def _apdu(body: bytes) -> bytes:
    return bytes([0x68, len(body)]) + body


def _u(function: int) -> bytes:
    return _apdu(bytes([function, 0, 0, 0]))
