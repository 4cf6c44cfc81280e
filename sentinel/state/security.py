"""NAS security of one terminal: algorithms, and the counters that were used (TS 24.501, 4.4.3; TS 33.501, 6.4.3)."""

from __future__ import annotations

from dataclasses import dataclass

_MOST = 32  # messages of each direction that are remembered: sequence number and MAC of each
_ENTRY = 5


@dataclass(slots=True, eq=False)
class Security:
    """A NAS security context. It outlives the N2 context: an idle terminal comes back with it."""

    cipher: str = ""
    integrity: str = ""
    active: bool = False  # the terminal has completed the security mode procedure
    up: bytes = b""  # (sequence number, MAC) of the last messages of the terminal
    down: bytes = b""

    def used(self, uplink: bool, sequence: int, mac: str) -> bool:
        """The terminal (or the AMF) has sent a message with this number and code before."""
        entry, seen = _entry(sequence, mac), self.up if uplink else self.down
        return any(seen.startswith(entry, at) for at in range(0, len(seen), _ENTRY))

    def note(self, uplink: bool, sequence: int, mac: str) -> None:
        """It has now."""
        entry = _entry(sequence, mac)
        if uplink:
            self.up = (self.up + entry)[-_MOST * _ENTRY :]
        else:
            self.down = (self.down + entry)[-_MOST * _ENTRY :]


def _entry(sequence: int, mac: str) -> bytes:
    try:
        return bytes([sequence & 0xFF]) + int(mac, 16).to_bytes(4, "big")
    except (ValueError, OverflowError):
        return b"\0" * _ENTRY
