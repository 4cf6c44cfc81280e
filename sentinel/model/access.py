"""Access in the words of NIST SP 800-207: a subject asks for an action on a resource, in a context; a decision answers.

A context is a flat mapping from attribute to a text or a whole number, frozen as of the request. An attribute that is
not known is absent. So every condition of a rule is a range or a set over one name, and policies can be analysed exactly.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

Fact = str | int
Facts = Mapping[str, Fact]


ACTIONS: Mapping[str, tuple[str, ...]] = {
    "connect": (),
    "modbus": ("read", "write", "diag"),
    "s7": ("read", "write", "control", "program"),
    "iec104": ("read", "command"),
    "dnp3": ("read", "write", "control"),
    "cip": ("read", "write", "control"),
    "opcua": ("read", "write", "call", "browse"),
    "profinet": ("read", "write"),
    "mqtt": ("publish", "subscribe"),
    "http": ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
}
"""What may be asked for: a protocol and its verb, or `connect`. Anything else is nobody's."""
VERBS = frozenset(
    f"{protocol}:{verb}" if verb else protocol for protocol, verbs in ACTIONS.items() for verb in verbs or ("",)
)
IPV4 = 2**128  # where the addresses of IPv4 begin
PROTOCOLS = ("tcp", "udp", "sctp", "icmp")


class Effect(StrEnum):
    """What a rule that matches says; deny overrides."""

    ALLOW = "allow"
    DENY = "deny"


class Reason(StrEnum):
    """Why a decision is as it is."""

    ALLOWED = "allowed"  # a rule allows it, none denies it
    DENIED = "denied"  # a rule denies it
    LOCKED = "locked"  # a lock keeps it out, whatever the policy says
    BREAK_GLASS = "break_glass"  # a break-glass allows it, whatever the policy says
    NO_RULE = "no_rule"  # none allows it
    NO_POLICY = "no_policy"  # none was ever published
    UNKNOWN_TERMINAL = "unknown_terminal"
    UNKNOWN_RESOURCE = "unknown_resource"
    UNKNOWN_ACTION = "unknown_action"
    MALFORMED = "malformed"  # one request of several is not of the form
    FAILURE = "failure"  # something of ours broke


@dataclass(frozen=True, slots=True)
class Subject:
    """A terminal as resolved. `keys` are all the names by which rules may mean it: `any`, `supi:…`, `grp:…` and so on."""

    supi: str
    keys: tuple[str, ...] = ()
    known: bool = True
    pei: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """An application (`app`) or a network function (`nf`); `number` is where its address stands (`number`)."""

    kind: str
    name: str = ""
    address: str = ""
    port: int = -1
    protocol: str = ""
    number: int = -1
    known: bool = True

    def __str__(self) -> str:
        where = f"[{self.address}]" if ":" in self.address else self.address
        where += f":{self.port}" if where and self.port >= 0 else ""
        return f"{self.kind}:" + "/".join(filter(None, (self.name, where, self.protocol)))


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what to what, where (`site`) and in which context."""

    subject: Subject
    site: str
    resource: Resource
    action: str
    context: Facts = field(default_factory=dict)

    @property
    def time(self) -> int:
        """The moment for which is decided, in nanoseconds since the epoch."""
        time = self.context.get("time", 0)
        return time if isinstance(time, int) else 0


class Miss(NamedTuple):  # like a decision, of which there may be several to one
    """A rule that would have allowed it but for one clause, which wanted `wanted` and got `got` (empty: not known)."""

    rule: str
    clause: str
    wanted: str
    got: str

    def __str__(self) -> str:
        got = f"{self.clause} `{self.got}`" if self.got else f"{self.clause}, which is not known,"
        return f"rule {self.rule} would allow, but {got} is not {self.wanted}"


class Decision(NamedTuple):  # cheaper to make than a frozen dataclass, and one is made for each request
    """The answer, all rules that matched, what goes with it, and what would have been needed."""

    allowed: bool
    reason: Reason
    version: int = 0
    digest: str = ""
    rules: tuple[str, ...] = ()
    misses: tuple[Miss, ...] = ()
    obligations: Mapping[str, Fact] = MappingProxyType({})


@functools.lru_cache(65536)
def number(address: str) -> int:
    """Where an address stands on one line: those of IPv6 first, then those of IPv4. Raises `ValueError`."""
    read = _plain(address)
    return int(read) + (IPV4 if read.version == 4 else 0)


def written(place: int) -> str:
    """The address that stands there: the reverse of `number`."""
    return str(ipaddress.IPv4Address(place - IPV4) if place >= IPV4 else ipaddress.IPv6Address(place))


@functools.lru_cache(65536)
def application(name: str, address: str, port: int, protocol: str) -> Resource:
    """A resource at an address; raises `ValueError` where that is none."""
    return Resource("app", name, str(_plain(address)), port, protocol, number(address))


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address; one of IPv4 that is written as one of IPv6 is one of IPv4."""
    read = unzoned(address)
    mapped = read.ipv4_mapped if isinstance(read, ipaddress.IPv6Address) else None
    return mapped or read


def unzoned(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address; raises `ValueError`, also for one with a zone, which means something on one host alone (RFC 4007)."""
    read = ipaddress.ip_address(address)
    if "%" in str(read):
        raise ValueError(f"`{address}` has a zone; expected an address without")
    return read
