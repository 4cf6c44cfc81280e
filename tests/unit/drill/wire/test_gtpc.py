"""GTP-C against octets worked out by hand from TS 29.274."""

from __future__ import annotations

from sentinel.drill.wire import gtpc


def test_an_echo_has_no_teid() -> None:
    """Clause 5.1, with a recovery IE."""
    assert [octets.hex() for octets in gtpc.echo(1)] == [
        "40010009" + "00000100" + "0300010007",
        "40020009" + "00000100" + "0300010007",
    ]


def test_a_session_is_made_for_a_subscriber() -> None:
    """TEID 0 as there is none yet; digits of the IMSI swapped, the last octet filled."""
    request, reply = gtpc.create_session(2, "999700000000001")
    assert request.hex() == "48200019" + "00000000" + "00000200" + "01000800" + "99790000000000f1" + "5200010006"
    assert reply[:8].hex() == "4821000e" + "00001001"
