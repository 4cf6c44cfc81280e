"""TLS against octets worked out by hand, and a certificate as scapy, which did not make it, takes it apart."""

from __future__ import annotations

from random import Random

from scapy.layers.x509 import X509_Cert

from sentinel.drill.wire import tls


def _records(octets: bytes) -> list[int]:
    kinds, at = [], 0
    while at < len(octets):
        kinds.append(octets[at])
        at += 5 + int.from_bytes(octets[at + 3 : at + 5], "big")
    assert at == len(octets)
    return kinds


def test_a_hello_names_the_server() -> None:
    """Lengths within lengths fit: record, handshake, extensions."""
    hello = tls.client_hello(Random(1), "a.example", tls.TLS_1_3)
    assert hello[:3].hex() == "160301"
    assert int.from_bytes(hello[3:5], "big") == len(hello) - 5
    assert int.from_bytes(hello[6:9], "big") == len(hello) - 9
    assert b"\x00\x00\x00\x0e\x00\x0c\x00\x00\x09a.example" in hello
    assert b"\x00\x2b\x00\x03\x02\x03\x04" in hello


def test_a_handshake_is_whole_records() -> None:
    """1.2 shows a certificate, 1.3 hides it."""
    (_, server), (client, finished) = tls.handshake(Random(1), "a.example")
    assert (_records(server), _records(client), _records(finished)) == ([22, 22], [22, 20, 22], [20, 22])
    (_, server), (client, _) = tls.handshake(Random(1), "a.example", tls.TLS_1_3)
    assert (_records(server), _records(client)) == ([22, 20, 23], [20, 23])
    assert _records(tls.data(Random(1), 3, 4)[0]) == [23]


def test_a_certificate_is_one() -> None:
    """Subject and issuer, in an encoding whose lengths fit."""
    octets = tls.certificate(Random(1), "a.example", "ca", "251231")
    found = X509_Cert(octets).tbsCertificate
    assert found.get_subject() == {"commonName": "a.example"}
    assert found.get_issuer() == {"commonName": "ca"}
    assert found.validity.not_after.val == "251231235959Z"
    assert int.from_bytes(octets[2:4], "big") == len(octets) - 4
