"""EtherNet/IP and CIP against octets worked out by hand."""

from __future__ import annotations

from sentinel.drill.wire import enip


def test_a_session_is_registered() -> None:
    """Protocol version 1; the target gives the handle."""
    request, reply = enip.Client(7).register()
    assert request.hex() == "65000400" + "00" * 20 + "01000000"
    assert reply[4:8].hex() == "07000000"


def test_a_tag_is_addressed_by_its_name() -> None:
    """An odd name is padded; a whole number is a DINT, another one a REAL."""
    plc = enip.Client()
    request, reply = plc.write_tag("Abc", 5)
    assert (
        request[24:].hex()
        == "0000000005000200" + "00000000" + "b2001000" + "4d03" + "910341626300" + "c4000100" + "05000000"
    )
    assert reply[24:].hex() == "0000000005000200" + "00000000" + "b2000400" + "cd000000"
    assert plc.write_tag("Ab", 1.5)[0][-8:].hex() == "ca0001000000c03f"


def test_answers_repeat_the_context_of_the_request() -> None:
    """And no other request has it."""
    plc = enip.Client()
    (first, answered), (second, _) = plc.stop(), plc.reset(1)
    assert first[12:20] == answered[12:20] != second[12:20]
    assert second[-7:].hex() == "0502" + "20012401" + "01"


def test_a_refusal_has_no_data() -> None:
    """The general status says why."""
    _, reply = enip.Client().set_attribute(15, 1, 1, b"\1\0", status=enip.PRIVILEGE_VIOLATION)
    assert reply[-4:].hex() == "90000f00"


def test_implicit_io_is_sequenced() -> None:
    """Twice: in the address, and in the data."""
    assert enip.implicit(1, 2, b"\xaa").hex() == "0200" + "02800800" + "0100000002000000" + "b1000300" + "0200aa"
