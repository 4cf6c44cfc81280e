"""Ethernet and IPv4 around everything else."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Address

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw


def mac(address: str) -> str:
    """A locally administered MAC that follows from the IPv4 address."""
    return "02:00:" + ":".join(f"{octet:02x}" for octet in IPv4Address(address).packed)


class Wire:
    """Puts packets into frames as hosts of one switched network would."""

    def __init__(self) -> None:
        self._identification: Counter[str] = Counter()

    def frame(self, source: str, destination: str, payload: Packet, protocol: int | None = None) -> bytes:
        """Ethernet and IPv4 with "don't fragment" and an identification that counts up."""
        packet = self.packet(source, destination, payload, protocol)
        return bytes(Ether(src=mac(source), dst=mac(destination)) / packet)

    def packet(self, source: str, destination: str, payload: Packet, protocol: int | None = None) -> Packet:
        """IPv4 only, for what travels inside a tunnel."""
        self._identification[source] = (self._identification[source] + 1) & 0xFFFF
        header = IP(src=source, dst=destination, id=self._identification[source], flags="DF", ttl=64)
        if protocol is not None:
            header.proto = protocol
        return header / payload

    def datagram(self, source: tuple[str, int], destination: tuple[str, int], payload: bytes) -> bytes:
        """A frame with one UDP datagram."""
        udp = UDP(sport=source[1], dport=destination[1]) / Raw(payload)
        return self.frame(source[0], destination[0], udp)
