"""What a rule is about: an application, a network function, a network, or any resource that is known."""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass

from sentinel.model.access import IPV4, PROTOCOLS, Resource, number

HIGHEST_PORT = 65535
ALL_ADDRESSES = (-1, IPV4 + 2**32 - 1)  # -1 stands for none
ALL_PORTS = (-1, HIGHEST_PORT)
_WHERE = re.compile(
    r"(?P<address>\[[0-9a-fA-F:.]+\]|[0-9.]+)(?:/(?P<length>\d+))?(?::(?P<low>\d+)(?:-(?P<high>\d+))?)?"
    r"(?:/(?P<protocol>[a-z]+))?"
)
EXPECTED = (
    "write `app:scada`, `app:scada/10.60.0.10:502/tcp`, `net:10.60.0.0/24:102-104/tcp`, `nf:amf` or `any`, with IPv6 "
    "addresses in brackets"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A resource pattern; an empty `kind`, `name` or `protocol` is any."""

    text: str
    kind: str = ""
    name: str = ""
    addresses: tuple[int, int] = ALL_ADDRESSES
    ports: tuple[int, int] = ALL_PORTS
    protocol: str = ""

    def matches(self, resource: Resource) -> bool:
        """Whether the resource is meant."""
        return (
            (not self.kind or self.kind == resource.kind)
            and (not self.name or self.name == resource.name)
            and (not self.protocol or self.protocol == resource.protocol)
            and self.addresses[0] <= resource.number <= self.addresses[1]
            and self.ports[0] <= resource.port <= self.ports[1]
        )

    @property
    def single(self) -> bool:
        """Whether it means one address and one port."""
        return self.addresses[0] == self.addresses[1] and self.ports[0] == self.ports[1]


@functools.lru_cache(65536)
def target(text: str) -> Target:
    """Read a pattern; raises `ValueError`."""
    if text == "any":
        return Target(text)
    kind, rest = _divided(text)
    name, where = ("", rest) if kind == "net" else _named(rest)
    if kind == "nf" and where:
        raise ValueError(f"`{text}` is no resource; a network function has no address here: write `nf:amf`")
    if not where:
        if not name:
            raise ValueError(f"`{text}` is no resource; {EXPECTED}")
        return Target(text, kind, name)
    addresses, ports, protocol = _located(text, where)
    return Target(text, "" if kind == "net" else kind, name, addresses, ports, protocol)


def _divided(text: str) -> tuple[str, str]:
    kind, colon, rest = text.partition(":")
    if kind not in ("app", "nf", "net") or not colon or not rest or re.search(r"[\s|]", rest):
        raise ValueError(f"`{text}` is no resource; {EXPECTED}")
    return kind, rest


def _named(rest: str) -> tuple[str, str]:
    name, _, where = rest.partition("/")
    return name, where


def _located(text: str, where: str) -> tuple[tuple[int, int], tuple[int, int], str]:
    read = _WHERE.fullmatch(where)
    if read is None:
        raise ValueError(f"`{text}` is no resource; {EXPECTED}")
    protocol = read["protocol"] or ""
    if protocol and protocol not in PROTOCOLS:
        raise ValueError(f"`{protocol}` is no protocol; expected one of {', '.join(PROTOCOLS)}")
    return _addresses(read["address"].strip("[]"), read["length"]), _ports(read["low"], read["high"]), protocol


def _addresses(address: str, length: str | None) -> tuple[int, int]:
    try:
        network = ipaddress.ip_network(f"{address}/{length}" if length else address)
    except ValueError as error:
        raise ValueError(f"`{address}{f'/{length}' if length else ''}` is no network: {error}") from None
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped:
        raise ValueError(f"`{network}` holds addresses of IPv4; write them as those")
    first = number(str(network.network_address))
    return first, first + network.num_addresses - 1


def _ports(low: str | None, high: str | None) -> tuple[int, int]:
    if low is None:
        return ALL_PORTS
    first, last = int(low), int(high or low)
    if not first <= last <= HIGHEST_PORT:
        raise ValueError(f"`{low}-{high or low}` are no ports; expected 0 to {HIGHEST_PORT}, the lower one first")
    return first, last
