"""GTP-U against octets worked out by hand from TS 29.281 and TS 38.415."""

from __future__ import annotations

from sentinel.drill.wire import gtpu


def test_both_ways_have_their_container() -> None:
    """PDU type 1 is up, 0 is down; the QFI is in the next octet."""
    assert gtpu.uplink(1, 9, b"abcd").hex() == "34ff000c00000001000000850110090061626364"
    assert gtpu.downlink(1, 9, b"abcd").hex() == "34ff000c00000001000000850100090061626364"


def test_a_forged_packet_has_none() -> None:
    """Only the eight octets of the header."""
    assert gtpu.plain(1, b"abcd").hex() == "30ff00040000000161626364"
