"""GOOSE against octets worked out by hand from IEC 61850-8-1."""

from __future__ import annotations

from sentinel.drill.wire import goose


def test_a_message_is_as_long_as_it_says() -> None:
    """APPID, length, two reserved words, and the PDU of tag 0x61."""
    octets = goose.Publisher("I/L$GO$g", appid=3).message(True)
    assert octets[:4].hex() == f"0003{len(octets):04x}"
    assert octets[4:9].hex() == "0000000061"
    assert octets.endswith(bytes.fromhex("8a0101" + "ab03" + "830101"))


def test_a_change_counts_states_and_a_repetition_counts_on() -> None:
    """stNum, sqNum."""
    block = goose.Publisher(state=7)
    assert b"\x85\x01\x08\x86\x01\x00" in block.change(0, True)
    assert b"\x85\x01\x08\x86\x01\x01" in block.repeat(True)
    block.state = 200
    assert b"\x85\x02\x00\xc8" in block.message(True, simulation=True)
