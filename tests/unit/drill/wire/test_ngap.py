"""NGAP messages against octets worked out by hand from TS 38.413 and X.691."""

from __future__ import annotations

from sentinel.drill.plan import OT, PLMN
from sentinel.drill.wire import ngap


def test_ng_setup_failure() -> None:
    """Cause misc, unknown PLMN or SNPN; wait five seconds."""
    octets = ngap.ng_setup_failure(("misc", "unknown-PLMN-or-SNPN"))
    assert octets.hex() == "4015000d000002000f400188006b400120"


def test_the_response_transfer_names_the_gnbs_tunnel() -> None:
    """Address, TEID and QFI of the downlink."""
    octets = ngap.pdu_session_resource_setup_response(1, 1, 1, "10.11.3.101", 1, 1)
    assert octets.hex().endswith("0d0003e00a0b0365000000010001")


def test_an_ie_more_and_an_ie_less() -> None:
    """Lengths and counts follow."""
    whole = ngap.ng_setup_request(PLMN, 1, "g", {1: (PLMN, [OT])})
    more = ngap.with_unknown_ie(whole, 60001, b"\x01\x02")
    assert (more[3], more[5:7], more[-6:].hex()) == (whole[3] + 6, b"\x00\x05", "ea6140020102")
    assert ngap.without_ie(more, 60001) == whole


def test_a_rerouted_message_is_inside() -> None:
    """Procedure 36: the id, the whole message, the AMF set in ten bits."""
    octets = ngap.reroute_nas_request(1, b"\xaa\xbb", 2, [OT]).hex()
    assert octets.startswith("0024")
    assert "00550002" + "0001" in octets
    assert "002a0003" + "02aabb" in octets
    assert "00030002" + "0080" in octets
