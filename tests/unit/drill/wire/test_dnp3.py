"""DNP3 against the standard's own example of a frame and octets worked out by hand."""

from __future__ import annotations

from sentinel.drill.wire import dnp3


def test_the_checksum_is_the_standards() -> None:
    """A reset link from 1024 to 1, of which the checksum is published."""
    assert dnp3.crc(bytes.fromhex("056405c001000004")) == 0x21E9


def test_a_frame_has_a_checksum_each_sixteen_octets() -> None:
    """Direct operate of point 4: 18 octets of a fragment, and the transport octet."""
    (request, reply), *_ = dnp3.Client(1, 10).operate(4)
    assert request[:8].hex() == "05641ac40a000100"
    assert request[10:26].hex() == "c0" + "c005" + "0c0128" + "0100" + "0400" + "0301" + "64000000"
    assert len(request) == 10 + 16 + 2 + 5 + 2
    assert reply[:8].hex() == "05641c4401000a00"


def test_select_goes_before_operate() -> None:
    """The application sequence counts."""
    codes = [request[11:13].hex() for request, _ in dnp3.Client().operate(1, direct=False)]
    assert codes == ["c003", "c104"]


def test_unsolicited_responses_have_numbers_of_their_own() -> None:
    """And are confirmed with these."""
    outstation = dnp3.Client()
    outstation.restart()
    (nothing, told), (confirmed, _) = outstation.unsolicited(2, on=True)
    assert (nothing, told[11:15].hex(), confirmed[11:13].hex()) == (b"", "f0820000", "d000")
