"""Frames of hosts on one network."""

from __future__ import annotations

from sentinel.drill.wire.ip import Wire, mac


def test_a_mac_follows_from_the_address() -> None:
    """Locally administered, unicast."""
    assert mac("10.11.2.101") == "02:00:0a:0b:02:65"


def test_identifications_count_up_per_host() -> None:
    """A datagram as it is on the wire, but for its checksums."""
    wire = Wire()
    first, second = (wire.datagram(("10.0.0.1", 1), ("10.0.0.2", 2), b"x") for _ in range(2))
    assert first.hex().startswith("02000a00000202000a00000108004500001d000140004011")
    assert (first[18:20], second[18:20]) == (b"\x00\x01", b"\x00\x02")
