"""NAS messages against octets worked out by hand from TS 24.501."""

from __future__ import annotations

from random import Random

from sentinel.drill.plan import EMBB
from sentinel.drill.wire import nas

SUPI = "999700000000001"


def test_registration_request_with_the_null_scheme() -> None:
    """The MSIN is there in clear."""
    request = nas.registration_request(nas.null_suci(SUPI))
    assert request.hex() == "7e004179000d0199f9070000000000000000102e04f0f0f0f0"


def test_a_profile_a_suci_conceals_the_msin() -> None:
    """Scheme 1, then 32 octets of key, 5 of concealed MSIN, 8 of MAC."""
    suci = nas.profile_a_suci(SUPI, Random(1))
    assert suci[:8].hex() == "0199f90700000101"
    assert len(suci) == 8 + 32 + 5 + 8


def test_neither_header_nor_algorithm_alone_ciphers() -> None:
    """NEA0 leaves the message readable, NEA2 only where the header says that it is ciphered."""
    plain = nas.registration_complete()
    clear, ciphered = nas.SecurityContext(Random(1), 0), nas.SecurityContext(Random(1), 2)
    assert clear.up(plain, header=2)[7:] == plain
    assert ciphered.up(plain, header=2)[7:] != plain
    assert ciphered.up(plain, header=3)[7:] == plain


def test_counts_go_up_each_way() -> None:
    """The sequence number is the seventh octet."""
    context = nas.SecurityContext(Random(1), 0)
    assert [context.up(b"~\x00C")[6], context.up(b"~\x00C")[6], context.down(b"~\x00C")[6]] == [0, 1, 0]


def test_registration_accept() -> None:
    """GUTI, one tracking area, one slice, T3512."""
    expected = "7e0042010177000bf299f907020040c000006454070099f907000001150201015e0192"
    assert nas.registration_accept(0xC0000064, [EMBB]).hex() == expected


def test_an_ethernet_session_is_asked_for_and_given_without_an_address() -> None:
    """PDU session type 5 (clause 9.11.4.11)."""
    asked = nas.pdu_session_establishment_request(1, EMBB, "ot", "ethernet")
    assert asked[3:5].hex() == "01" + "00"
    assert asked[6:].startswith(bytes.fromhex("2e0101c1ffff95"))
    given = nas.pdu_session_establishment_accept(1, EMBB, "ot", "", "", 1, "ethernet")
    assert given[6:].startswith(bytes.fromhex("2e0101c215"))
    assert b"\x29\x05\x01" not in given
