"""GTP-U, TS 29.281, with the PDU Session Container of TS 38.415."""

from __future__ import annotations

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


def _g_pdu(teid: int, container: GTPPDUSessionContainer, packet: bytes) -> bytes:
    return bytes(GTP_U_Header(teid=teid, gtp_type=_G_PDU, E=1, next_ex=0x85) / container / Raw(packet))
