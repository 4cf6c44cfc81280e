"""PROFINET DCP against octets worked out by hand."""

from __future__ import annotations

from sentinel.drill.wire import profinet_dcp


def test_a_name_is_set_for_good() -> None:
    """Qualifier 1, an odd value padded; the answer repeats option and result."""
    request, reply = profinet_dcp.set_name(2, "abc")
    assert (
        request.rstrip(b"\0").hex() == "fefd" + "0400" + "00000002" + "0000" + "000a" + "02020005" + "0001" + "616263"
    )
    assert reply.hex().startswith("fefd" + "0401" + "00000002" + "0000" + "0008" + "05040003" + "020200")
    assert len(request) == 46


def test_an_address_is_set_with_its_mask() -> None:
    """Address, mask, no gateway."""
    request, _ = profinet_dcp.set_ip(3, "192.168.1.2")
    assert request[12:].startswith(bytes.fromhex("0102000e" + "0001" + "c0a80102" + "ffffff00" + "00000000"))


def test_all_are_asked_who_they_are() -> None:
    """To which one answers with its name."""
    request, reply = profinet_dcp.identify(1, "robot", "192.168.1.2")
    assert request.hex().startswith("fefe" + "0500" + "00000001" + "0001" + "0004" + "ffff0000")
    assert b"\x02\x02\x00\x07\x00\x00robot" in reply


def test_a_reset_says_what() -> None:
    """Control, reset to factory."""
    assert profinet_dcp.reset_to_factory(1)[0][12:18].hex() == "050600020004"
