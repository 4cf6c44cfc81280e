"""What scapy makes of a local network's talk: who speaks to whom."""

from __future__ import annotations

from sentinel.drill.wire import lan

A = lan.Host("02:00:00:00:00:0a", "192.168.1.10", "fe80::a")
B = lan.Host("02:00:00:00:00:0b", "192.168.1.11", "fe80::1:2:3")


def test_arp_asks_all_and_one_answers() -> None:
    """Operation 1 and 2."""
    request, reply = lan.arp(A, B)
    assert request[:14].hex() == "ffffffffffff" + "02000000000a" + "0806"
    assert (request[20:22].hex(), reply[20:22].hex()) == ("0001", "0002")
    assert lan.gratuitous_arp(A)[28:32] == lan.gratuitous_arp(A)[38:42]


def test_a_solicitation_goes_to_the_group_of_the_address() -> None:
    """RFC 4291, 2.7.1: the last 24 bits."""
    request, reply = lan.neighbour(A, B)
    assert request[:6].hex() == "3333ff020003"
    assert request[38:54].hex() == "ff0200000000000000000001ff020003"
    assert (request[54], reply[54]) == (135, 136)


def test_leases_are_offered_before_they_are_given() -> None:
    """DHCP message types; DHCPv6 message types."""
    kinds = [octets[282:285].hex() for exchange in lan.dhcp(A, B, 1, "192.168.1.20") for octets in exchange]
    assert kinds == ["350101", "350102", "350103", "350105"]
    kinds6 = [octets[62] for exchange in lan.dhcpv6(A, B, 1, "2001:db8::1") for octets in exchange]
    assert kinds6 == [1, 2, 3, 7]


def test_a_router_gives_a_prefix() -> None:
    """64 bits of it."""
    _, reply = lan.router(A, B, "2001:db8:9::")
    assert bytes.fromhex("20010db80009") in reply


def test_a_frame_is_as_long_as_ethernet_asks() -> None:
    """60 octets."""
    assert len(lan.frame(A, lan.BROADCAST, 0x88B8, b"\1")) == 60
