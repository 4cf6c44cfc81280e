"""GOOSE, IEC 61850-8-1: state of a switchgear, published on Ethernet."""

from __future__ import annotations

from struct import pack

ETHERTYPE = 0x88B8
MULTICAST = "01:0c:cd:01:00:01"


class Publisher:
    """A control block; a change of its data starts `sqNum` anew and counts `stNum` up."""

    def __init__(self, reference: str = "IED1LD0/LLN0$GO$gcb1", appid: int = 1, state: int = 1) -> None:
        self._reference, self._appid, self.state, self.sequence = reference, appid, state, 0
        self._since_ns = 0

    def change(self, now_ns: int, *values: bool) -> bytes:
        """The first message of a new state."""
        self.state, self.sequence, self._since_ns = self.state + 1, 0, now_ns
        return self.message(*values)

    def repeat(self, *values: bool) -> bytes:
        """The same state again."""
        self.sequence += 1
        return self.message(*values)

    def message(self, *values: bool, simulation: bool = False, time_allowed_to_live: int = 2000) -> bytes:
        """A message as it stands, with any `state` and `sequence` that were set before."""
        logical_node, _, block = self._reference.partition("$GO$")
        seconds, rest = divmod(self._since_ns, 10**9)
        fields = [
            (0x80, self._reference.encode()),
            (0x81, _integer(time_allowed_to_live)),
            (0x82, f"{logical_node}$dataset1".encode()),
            (0x83, block.encode()),
            (0x84, pack("!I", seconds) + (rest * 2**24 // 10**9).to_bytes(3, "big") + b"\x0a"),
            (0x85, _integer(self.state)),
            (0x86, _integer(self.sequence)),
            (0x87, bytes([simulation])),
            (0x88, _integer(1)),
            (0x89, b"\0"),
            (0x8A, _integer(len(values))),
            (0xAB, b"".join(_element(0x83, bytes([value])) for value in values)),
        ]
        pdu = _element(0x61, b"".join(_element(tag, value) for tag, value in fields))
        reserved = 0x8000 if simulation else 0
        return pack("!HHHH", self._appid, 8 + len(pdu), reserved, 0) + pdu


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def _element(tag: int, value: bytes) -> bytes:
    length = bytes([len(value)]) if len(value) < 0x80 else bytes([0x81, len(value)])
    return bytes([tag]) + length + value
