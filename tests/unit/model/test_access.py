from __future__ import annotations

import pytest

from sentinel.model.access import IPV4, VERBS, Miss, Request, Resource, Subject, application, number


def test_addresses_of_ipv4_stand_behind_all_of_ipv6() -> None:
    """So that a network of IPv6, the whole of it even, never means an address of IPv4."""
    assert number("255.255.255.255") == IPV4 + 2**32 - 1
    assert number("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == IPV4 - 1


def test_an_address_of_ipv4_in_the_clothes_of_ipv6_is_one_of_ipv4() -> None:
    assert application("", "::ffff:10.0.0.1", 1, "tcp") == application("", "10.0.0.1", 1, "tcp")


@pytest.mark.parametrize("address", ["not-an-address", "fe80::1%x"])
def test_an_address_that_is_none_or_of_one_host_alone_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=address):
        application("", address, 1, "tcp")


def test_a_resource_reads_as_policies_write_it() -> None:
    assert str(application("plc", "10.0.0.1", 502, "tcp")) == "app:plc/10.0.0.1:502/tcp"
    assert str(application("", "2001:db8::1", 502, "")) == "app:[2001:db8::1]:502"
    assert str(Resource("nf", "amf")) == "nf:amf"


def test_a_request_without_a_time_has_none() -> None:
    assert Request(Subject("1"), "s", Resource("nf"), "connect", {"time": "soon"}).time == 0


def test_a_miss_says_what_was_wanted_and_what_came() -> None:
    assert str(Miss("p17", "tac", "in [1, 2]", "3")) == "rule p17 would allow, but tac `3` is not in [1, 2]"
    assert "not known" in str(Miss("p17", "tac", "in [1, 2]", ""))


def test_verbs_are_protocol_and_verb() -> None:
    assert {"connect", "modbus:write", "http:GET"} <= VERBS
    assert "modbus" not in VERBS
