"""GTP-U, TS 29.281, with the PDU Session Container of TS 38.415."""

from __future__ import annotations

from ipaddress import IPv4Address
from struct import pack

from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer
from scapy.packet import Raw

PORT = 2152
_G_PDU = 255


def uplink(teid: int, qfi: int, packet: bytes) -> bytes:
    """A G-PDU from the gNB."""
    return _g_pdu(teid, GTPPDUSessionContainer(type=1, QFI=qfi), packet)


def downlink(teid: int, qfi: int, packet: bytes) -> bytes:
    """A G-PDU from the UPF."""
    return _g_pdu(teid, GTPPDUSessionContainer(type=0, QFI=qfi), packet)


def plain(teid: int, packet: bytes) -> bytes:
    """A G-PDU without extension header, as somebody who forges one would send it."""
    return bytes(GTP_U_Header(teid=teid, gtp_type=_G_PDU) / Raw(packet))


def extended(teid: int, extensions: list[tuple[int, bytes]], packet: bytes) -> bytes:
    """A G-PDU with extension headers of these types and contents, whose lengths are as they come (clause 5.2.1)."""
    kinds = [kind for kind, _ in extensions] + [0]
    chain = b"".join(octets + bytes([follows]) for (_, octets), follows in zip(extensions, kinds[1:], strict=True))
    return _message(_G_PDU, teid, b"\0\0\0" + bytes([kinds[0]]) + chain + packet, flags=0x34)


def echo_request(sequence: int, private: bytes = b"") -> bytes:
    """Echo Request (clause 7.2.1), with a Private Extension of enterprise 65535 where `private` is not empty."""
    extension = pack("!BHH", 255, len(private) + 2, 0xFFFF) + private if private else b""
    return _message(1, 0, pack("!HH", sequence, 0) + extension, flags=0x32)


def echo_response(sequence: int, recovery: int = 0) -> bytes:
    """Echo Response (clause 7.2.2)."""
    return _message(2, 0, pack("!HHBB", sequence, 0, 14, recovery), flags=0x32)


def error_indication(teid: int, peer: str) -> bytes:
    """Error Indication for a G-PDU that came for `teid` at `peer` (clause 7.3.1)."""
    return _message(26, 0, pack("!HHBIBH", 0, 0, 16, teid, 133, 4) + IPv4Address(peer).packed, flags=0x32)


def end_marker(teid: int) -> bytes:
    """End Marker (clause 7.3.2)."""
    return _message(254, teid, b"")


def _message(kind: int, teid: int, body: bytes, flags: int = 0x30) -> bytes:
    return pack("!BBHI", flags, kind, len(body), teid) + body


def _g_pdu(teid: int, container: GTPPDUSessionContainer, packet: bytes) -> bytes:
    return bytes(GTP_U_Header(teid=teid, gtp_type=_G_PDU, E=1, next_ex=0x85) / container / Raw(packet))
