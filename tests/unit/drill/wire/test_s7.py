"""S7comm against octets worked out by hand."""

from __future__ import annotations

import pytest

from sentinel.drill.wire import s7


def test_a_connection_names_rack_and_slot() -> None:
    """A PG to rack 0, slot 2."""
    request, confirm = s7.Client(slot=2).connect()[0]
    assert request.hex() == "0300001611e00000000100" + "c0010a" + "c1020100" + "c2020102"
    assert confirm[5] == 0xD0


def test_a_write_has_address_and_value() -> None:
    """DB1.DBW10: area 0x84, bit 80."""
    request, reply = s7.Client().write("DB1.DBW10", -1)
    item = "120a10" + "05" + "0001" + "0001" + "84000050"
    assert request.hex() == "03000025" + "02f080" + "32010000000100" + "0e0006" + "0501" + item + "00040010ffff"
    assert reply.hex() == "03000016" + "02f080" + "320300000001" + "0002" + "0001" + "0000" + "0501" + "ff"


@pytest.mark.parametrize(
    ("address", "specification"),
    [
        ("M0.3", "120a1001000100008300" + "0003"),
        ("MW100", "120a1005000100008300" + "0320"),
        ("DB5.DBX2.3", "120a1001000100058400" + "0013"),
        ("QB1", "120a1002000100008200" + "0008"),
    ],
)
def test_addresses_are_those_of_siemens(address: str, specification: str) -> None:
    """Number of bits, and the area."""
    request, _ = s7.Client().read(address, 0)
    assert request[19:].hex() == specification


def test_an_address_that_is_none_is_refused() -> None:
    """A mistake of a scene's author."""
    with pytest.raises(ValueError, match="`DB1`"):
        s7.Client().read("DB1", 0)


def test_stop_and_start_are_what_step_7_sends() -> None:
    """0x29 and 0x28."""
    plc = s7.Client()
    assert plc.plc_stop()[0][17:].hex() == "29" + "00" * 5 + "09" + b"P_PROGRAM".hex()
    assert plc.plc_start()[0][17:].hex() == "28" + "00" * 6 + "fd" + "0000" + "09" + b"P_PROGRAM".hex()


def test_a_download_is_asked_for_by_the_plc() -> None:
    """1a and its answer from the PLC, which then asks 1b and 1c itself."""
    (request, asks), (gives, ends), (ended, nothing), insert = s7.Client().download("DB1", b"\x01\x02")
    assert request[17:26].hex() == "1a0001000000000009"
    assert request.endswith(b"_0A00001P\x0d1000002000002")
    assert asks[-18:-9].hex() == "1b0001000000000009"
    assert gives.endswith(b"\x00\x02\x00\xfb\x01\x02")
    assert b"\x1c\x00\x01" in ends
    assert (ended[8], nothing) == (3, b"")
    assert insert[0].endswith(b"\x01\x000A00001P\x05_INSE")


def test_s7comm_plus_ends_in_a_trailer() -> None:
    """SetVariable of the operating state: run is 3."""
    plus = s7.PlusClient()
    request, reply = plus.set_operating_state(run=True)
    assert request[7:11].hex() == "7202001c"
    assert request[-4:].hex() == reply[-4:].hex() == "72020000"
    assert b"\x90\x77\x00\x08\x03" in request
