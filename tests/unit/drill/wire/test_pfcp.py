"""PFCP messages against octets worked out by hand from TS 29.244."""

from __future__ import annotations

from sentinel.drill import plan
from sentinel.drill.wire import pfcp


def test_session_deletion_request_is_a_header() -> None:
    """Version 1 with a SEID, no IE."""
    assert pfcp.session_deletion_request(2, 5).hex() == "2136000c000000000000000500000200"


def test_session_establishment_says_whose_it_is() -> None:
    """User ID with IMSI, IMEISV and MSISDN; APN/DNN; S-NSSAI with its differentiator."""
    terminal = plan.TERMINALS[1]
    rules = pfcp.Rules(terminal, "ot", plan.OT, "10.45.1.11", 1)
    octets = pfcp.session_establishment_request(1, plan.SMF, 9, rules).hex()
    user_id = "008d001b070899790000000000f108681032500000101007683109000000f1"
    assert octets.endswith(user_id + "009f0003026f74" + "01010004020000a1")
    assert int(octets[4:8], 16) == len(octets) // 2 - 4


def test_the_modification_sends_downlink_to_the_gnb() -> None:
    """Outer Header Creation: GTP-U over UDP over IPv4."""
    octets = pfcp.session_modification_request(1, 5, "ot", "10.11.3.101", 7).hex()
    assert "0054000a0100000000070a0b0365" in octets


def test_an_ethernet_session_has_no_address() -> None:
    """PDN type 5; the PDI says Ethernet PDU Session Information (clause 8.2.102) in place of UE IP Address."""
    rules = pfcp.Rules(plan.TERMINALS[1], "ot", plan.OT, "", 1, "ethernet")
    octets = pfcp.session_establishment_request(1, plan.SMF, 9, rules).hex()
    assert "0071000105" in octets
    assert "008e000101" in octets
    assert "005d00" not in octets
