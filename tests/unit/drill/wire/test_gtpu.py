"""GTP-U against octets worked out by hand from TS 29.281 and TS 38.415."""

from __future__ import annotations

from sentinel.drill.wire import gtpu


def test_both_ways_have_their_container() -> None:
    """PDU type 1 is up, 0 is down; the QFI is in the next octet."""
    assert gtpu.uplink(1, 9, b"abcd").hex() == "34ff000c00000001000000850110090061626364"
    assert gtpu.downlink(1, 9, b"abcd").hex() == "34ff000c00000001000000850100090061626364"


def test_extension_headers_follow_each_other() -> None:
    """Each names the next; a UDP port, and a container of two units."""
    octets = gtpu.extended(1, [(0x40, b"\x01\x08\x68"), (0x85, b"\x02\0\x89\x60\0\0\0")], b"abcd")
    assert octets.hex() == "34ff0014" + "00000001" + "00000040" + "01086885" + "0200896000000000" + "61626364"


def test_a_forged_packet_has_none() -> None:
    """Only the eight octets of the header."""
    assert gtpu.plain(1, b"abcd").hex() == "30ff00040000000161626364"
