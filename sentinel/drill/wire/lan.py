"""What a local network talks: ARP (RFC 826), neighbour discovery (RFC 4861), DHCP (RFC 2131) and DHCPv6 (RFC 8415)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_Advertise,
    DHCP6_Reply,
    DHCP6_Request,
    DHCP6_Solicit,
    DHCP6OptClientId,
    DHCP6OptIA_NA,
    DHCP6OptIAAddress,
    DHCP6OptServerId,
)
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import (
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptRDNSS,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from sentinel.drill.wire import Exchange

BROADCAST = "ff:ff:ff:ff:ff:ff"
_SOLICITED = IPv6Address("ff02::1:ff00:0").packed[:13]  # RFC 4291, 2.7.1


@dataclass(frozen=True)
class Host:
    """A host on Ethernet; `ip6` is its link-local address."""

    mac: str
    ip: str = "0.0.0.0"  # noqa: S104 none yet
    ip6: str = "::"


def frame(source: Host, destination: str, ethertype: int, payload: bytes) -> bytes:
    """Ethernet around a payload that is no IP, filled up to what Ethernet carries at least."""
    return bytes(Ether(src=source.mac, dst=destination, type=ethertype) / Raw(payload.ljust(46, b"\0")))


def arp(asks: Host, answers: Host) -> Exchange:
    """Who has the address of `answers`?"""
    request = ARP(op=1, hwsrc=asks.mac, psrc=asks.ip, pdst=answers.ip)
    reply = ARP(op=2, hwsrc=answers.mac, psrc=answers.ip, hwdst=asks.mac, pdst=asks.ip)
    return bytes(Ether(src=asks.mac, dst=BROADCAST) / request), bytes(Ether(src=answers.mac, dst=asks.mac) / reply)


def gratuitous_arp(host: Host) -> bytes:
    """A host announces its own address."""
    return bytes(Ether(src=host.mac, dst=BROADCAST) / ARP(op=1, hwsrc=host.mac, psrc=host.ip, pdst=host.ip))


def neighbour(asks: Host, answers: Host) -> Exchange:
    """Neighbour solicitation and advertisement."""
    low = IPv6Address(answers.ip6).packed[-3:]
    group, multicast = IPv6Address(_SOLICITED + low), "33:33:ff:" + low.hex(":")
    solicit = ICMPv6ND_NS(tgt=answers.ip6) / ICMPv6NDOptSrcLLAddr(lladdr=asks.mac)
    advertise = ICMPv6ND_NA(tgt=answers.ip6, R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=answers.mac)
    return (
        bytes(Ether(src=asks.mac, dst=multicast) / IPv6(src=asks.ip6, dst=str(group), hlim=255) / solicit),
        bytes(Ether(src=answers.mac, dst=asks.mac) / IPv6(src=answers.ip6, dst=asks.ip6, hlim=255) / advertise),
    )


def router(asks: Host, answers: Host, prefix: str = "2001:db8:45::", resolver: str = "2001:db8:45::53") -> Exchange:
    """Router solicitation and advertisement of a prefix of 64 bits."""
    solicit = ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=asks.mac)
    given = ICMPv6NDOptPrefixInfo(prefix=prefix, prefixlen=64) / ICMPv6NDOptMTU(mtu=1400)
    options = ICMPv6NDOptSrcLLAddr(lladdr=answers.mac) / given / ICMPv6NDOptRDNSS(dns=[resolver], lifetime=600)
    advertise = ICMPv6ND_RA(chlim=64, routerlifetime=1800) / options
    return (
        bytes(Ether(src=asks.mac, dst="33:33:00:00:00:02") / IPv6(src=asks.ip6, dst="ff02::2", hlim=255) / solicit),
        bytes(
            Ether(src=answers.mac, dst="33:33:00:00:00:01") / IPv6(src=answers.ip6, dst="ff02::1", hlim=255) / advertise
        ),
    )


def dhcp(client: Host, server: Host, xid: int, address: str, name: str = "", router: str = "") -> list[Exchange]:
    """Discover and offer, request and acknowledgement."""
    gives = [("server_id", server.ip), ("lease_time", 3600), ("subnet_mask", "255.255.255.0")]
    gives += [("router", router or server.ip), ("name_server", server.ip)]
    named = [("hostname", name)] if name else []
    wants = [("param_req_list", [1, 3, 6, 15])]
    steps: list[tuple[str, list[tuple[str, object]], str]] = [
        ("discover", [*named, *wants], "offer"),
        ("request", [("requested_addr", address), ("server_id", server.ip), *named, *wants], "ack"),
    ]
    exchanges = []
    for asked, options, answered in steps:
        up = _bootp(client, xid, asked, options)
        down = _bootp(client, xid, answered, gives, server, address)
        exchanges.append((up, down))
    return exchanges


def dhcpv6(client: Host, server: Host, xid: int, address: str) -> list[Exchange]:
    """Solicit and advertise, request and reply."""
    mine, theirs = DHCP6OptClientId(duid=DUID_LL(lladdr=client.mac)), DHCP6OptServerId(duid=DUID_LL(lladdr=server.mac))
    asks = DHCP6OptIA_NA(iaid=1)
    gives = DHCP6OptIA_NA(iaid=1, ianaopts=[DHCP6OptIAAddress(addr=address, preflft=3600, validlft=7200)])
    pairs = [
        (DHCP6_Solicit(trid=xid) / mine / asks, DHCP6_Advertise(trid=xid) / mine / theirs / gives),
        (DHCP6_Request(trid=xid + 1) / mine / theirs / gives, DHCP6_Reply(trid=xid + 1) / mine / theirs / gives),
    ]
    up = (
        Ether(src=client.mac, dst="33:33:00:01:00:02")
        / IPv6(src=client.ip6, dst="ff02::1:2")
        / UDP(sport=546, dport=547)
    )
    down = Ether(src=server.mac, dst=client.mac) / IPv6(src=server.ip6, dst=client.ip6) / UDP(sport=547, dport=546)
    return [(bytes(up / asked), bytes(down / answered)) for asked, answered in pairs]


def _bootp(
    client: Host, xid: int, kind: str, options: list[tuple[str, object]], server: Host | None = None, address: str = ""
) -> bytes:
    hardware = bytes.fromhex(client.mac.replace(":", ""))
    message: Packet = BOOTP(op=2 if server else 1, xid=xid, chaddr=hardware, yiaddr=address or "0.0.0.0")  # noqa: S104
    message /= DHCP(options=[("message-type", kind), *options, "end"])
    if server is None:
        head = Ether(src=client.mac, dst=BROADCAST) / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)  # noqa: S104
    else:
        head = Ether(src=server.mac, dst=client.mac) / IP(src=server.ip, dst=address) / UDP(sport=67, dport=68)
    return bytes(head / message)
