"""PFCP, TS 29.244: the N4 messages of a drill, with the IEs that Open5GS puts into them."""

# scapy's packets have no annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from struct import pack

from scapy.contrib.pfcp import (
    IE_APN_DNN,
    IE_FSEID,
    IE_FTEID,
    IE_MBR,
    IE_PDI,
    IE_QFI,
    PFCP,
    IE_3GPP_InterfaceType,
    IE_Cause,
    IE_CreatedPDR,
    IE_CreateFAR,
    IE_CreatePDR,
    IE_CreateQER,
    IE_DestinationInterface,
    IE_FAR_Id,
    IE_ForwardingParameters,
    IE_GateStatus,
    IE_NetworkInstance,
    IE_NodeId,
    IE_NotImplemented,
    IE_OuterHeaderCreation,
    IE_OuterHeaderRemoval,
    IE_PDNType,
    IE_PDR_Id,
    IE_Precedence,
    IE_QER_Id,
    IE_RecoveryTimeStamp,
    IE_SourceInterface,
    IE_UE_IP_Address,
    IE_UpdateFAR,
    IE_UpdateForwardingParameters,
    IE_UserId,
)
from scapy.packet import Packet

from sentinel.drill.plan import Slice, Terminal

PORT = 8805
ACCEPTED, SESSION_NOT_FOUND, NO_ASSOCIATION = 1, 65, 72  # clause 8.2.1
_NTP_EPOCH = 2_208_988_800
_ACCESS, _CORE, _CP = 0, 1, 3
_N3, _N6 = 11, 17


@dataclass(frozen=True)
class Rules:
    """What a session establishment installs, and for whom."""

    terminal: Terminal
    dnn: str
    chosen: Slice
    ue_address: str
    qfi: int
    kind: str = "ipv4"


def heartbeat_request(sequence: int, recovery_ns: int) -> bytes:
    """Heartbeat Request, clause 7.4.2.1."""
    return _message(1, sequence, [_recovery(recovery_ns)])


def heartbeat_response(sequence: int, recovery_ns: int) -> bytes:
    """Heartbeat Response, clause 7.4.2.2."""
    return _message(2, sequence, [_recovery(recovery_ns)])


def association_setup_request(sequence: int, node: str, recovery_ns: int) -> bytes:
    """Association Setup Request from a control plane function, clause 7.4.4.1."""
    return _message(5, sequence, [_node(node), _recovery(recovery_ns), _raw(89, b"\x00")])


def association_setup_response(sequence: int, node: str, recovery_ns: int, cause: int = ACCEPTED) -> bytes:
    """Association Setup Response from a UPF that allocates F-TEIDs (FTUP), clause 7.4.4.2."""
    ies = [_node(node), IE_Cause(cause=cause), _recovery(recovery_ns), _raw(43, bytes.fromhex("10211004"))]
    return _message(6, sequence, ies)


def association_release_request(sequence: int, node: str) -> bytes:
    """Association Release Request, clause 7.4.4.5."""
    return _message(9, sequence, [_node(node)])


def association_release_response(sequence: int, node: str) -> bytes:
    """Association Release Response, clause 7.4.4.6."""
    return _message(10, sequence, [_node(node), IE_Cause(cause=ACCEPTED)])


def session_establishment_request(sequence: int, node: str, seid: int, rules: Rules) -> bytes:
    """Session Establishment Request, clause 7.5.2; `seid` is the control plane's own, the header's is not known yet."""
    ies = [
        _node(node),
        _f_seid(seid, node),
        *_pdrs(rules),
        *_fars(rules.dnn),
        IE_CreateQER(
            IE_list=[IE_QER_Id(id=1), IE_GateStatus(), IE_MBR(ul=1_000_000, dl=1_000_000), IE_QFI(QFI=rules.qfi)]
        ),
        _raw(85, bytes.fromhex("0058000101")),  # Create BAR, BAR ID 1
        IE_PDNType(pdn_type=5 if rules.kind == "ethernet" else 1),
        _user_id(rules.terminal),
        IE_APN_DNN(apn_dnn=rules.dnn),
        _raw(257, _s_nssai(rules.chosen)),
    ]
    return _message(50, sequence, ies, seid=0)


def session_establishment_response(
    sequence: int, seid: int, node: str, own: int, tunnels: list[tuple[int, str, int]]
) -> bytes:
    """Session Establishment Response, clause 7.5.3; `tunnels` are (PDR, address, TEID) that the UPF chose."""
    created = [
        IE_CreatedPDR(IE_list=[IE_PDR_Id(id=pdr), IE_FTEID(V4=1, TEID=teid, ipv4=address)])
        for pdr, address, teid in tunnels
    ]
    return _message(51, sequence, [_node(node), IE_Cause(cause=ACCEPTED), _f_seid(own, node), *created], seid=seid)


def session_modification_request(sequence: int, seid: int, dnn: str, gnb: str, teid: int) -> bytes:
    """Session Modification Request, clause 7.5.4: downlink packets leave for the tunnel (`gnb`, `teid`)."""
    creation = IE_OuterHeaderCreation(GTPUUDPIPV4=1, TEID=teid, ipv4=gnb)
    where = [IE_DestinationInterface(interface=_ACCESS), IE_NetworkInstance(instance=dnn), creation, _interface(_N3)]
    far = [IE_FAR_Id(id=1), _action(0x02), IE_UpdateForwardingParameters(IE_list=where)]
    return _message(52, sequence, [IE_UpdateFAR(IE_list=far)], seid=seid)


def session_modification_response(sequence: int, seid: int, cause: int = ACCEPTED) -> bytes:
    """Session Modification Response, clause 7.5.5."""
    return _message(53, sequence, [IE_Cause(cause=cause)], seid=seid)


def session_deletion_request(sequence: int, seid: int) -> bytes:
    """Session Deletion Request, clause 7.5.6."""
    return _message(54, sequence, [], seid=seid)


def session_deletion_response(sequence: int, seid: int, cause: int = ACCEPTED) -> bytes:
    """Session Deletion Response, clause 7.5.7."""
    return _message(55, sequence, [IE_Cause(cause=cause)], seid=seid)


def session_change(sequence: int, seid: int, *ies: tuple[int, bytes]) -> bytes:
    """Session Modification Request with IEs of any type, as `ie` and `group` make them."""
    return _message(52, sequence, [_raw(kind, data) for kind, data in ies], seid=seid)


def apply_action(far: int, flags: int, *more: tuple[int, bytes]) -> tuple[int, bytes]:
    """Update FAR with an Apply Action (clause 8.2.26): 1 drop, 2 forward, 4 buffer, 8 notify, 16 duplicate."""
    return group(10, (108, far.to_bytes(4, "big")), (44, bytes([flags, 0])), *more)


def group(kind: int, *ies: tuple[int, bytes]) -> tuple[int, bytes]:
    """A grouped IE."""
    return kind, b"".join(pack("!HH", inner, len(data)) + data for inner, data in ies)


def anything(kind: int, sequence: int, *ies: tuple[int, bytes], seid: int | None = None) -> bytes:
    """A message of any type."""
    return _message(kind, sequence, [_raw(inner, data) for inner, data in ies], seid=seid)


def node_id(address: str) -> tuple[int, bytes]:
    """Node ID, clause 8.2.38."""
    return 60, b"\0" + IPv4Address(address).packed


def pfds(application: str, *flows: str) -> tuple[int, bytes]:
    """Application ID's PFDs (clause 7.4.3.1-2); none takes them away."""
    contents = [(61, bytes([1, 0]) + pack("!H", len(flow)) + flow.encode()) for flow in flows]
    return group(58, (24, application.encode()), *((group(59, *contents),) if flows else ()))


def _message(kind: int, sequence: int, ies: Sequence[Packet], seid: int | None = None) -> bytes:
    body = b"".join(bytes(ie) for ie in ies)
    length = len(body) + (4 if seid is None else 12)
    header = PFCP(S=0 if seid is None else 1, message_type=kind, seq=sequence, length=length)
    if seid is not None:
        header.seid = seid
    return bytes(header) + body


def _raw(kind: int, data: bytes) -> Packet:
    return IE_NotImplemented(ietype=kind, length=len(data), data=data)


def _node(address: str) -> Packet:
    return IE_NodeId(id_type=0, ipv4=address)


def _recovery(when_ns: int) -> Packet:
    return IE_RecoveryTimeStamp(timestamp=when_ns // 1_000_000_000 + _NTP_EPOCH)


def _f_seid(seid: int, address: str) -> Packet:
    return IE_FSEID(v4=1, seid=seid, ipv4=address)


def _interface(kind: int) -> Packet:
    return IE_3GPP_InterfaceType(interface_type=kind)


def _action(flags: int) -> Packet:
    """Apply Action of release 16: two octets (clause 8.2.26)."""
    return _raw(44, bytes([flags, 0]))


def _s_nssai(value: Slice) -> bytes:
    return bytes([value.sst]) + bytes.fromhex(value.sd or "ffffff")


def _bcd(digits: str) -> bytes:
    even = digits + "f" * (len(digits) % 2)
    return bytes.fromhex("".join(even[at + 1] + even[at] for at in range(0, len(even), 2)))


def _user_id(terminal: Terminal) -> Packet:
    """User ID, clause 8.2.101: IMSI, IMEISV and MSISDN, as Open5GS sends them."""
    imsi, imei, msisdn = _bcd(terminal.supi), _bcd(terminal.imeisv), _bcd(terminal.gpsi)
    return IE_UserId(IMSIF=1, imsi=imsi, IMEIF=1, imei=imei, MSISDNF=1, msisdn=msisdn)


def _pdrs(rules: Rules) -> list[Packet]:
    """Downlink from N6, uplink from N3 with a tunnel for the UPF to choose, and the SMF's own tunnel."""
    network = IE_NetworkInstance(instance=rules.dnn)
    down = [
        IE_SourceInterface(interface=_CORE),
        network,
        _terminal_side(rules),
        _interface(_N6),
    ]
    choose = IE_FTEID(CHID=1, CH=1, V4=1, choose_id=5)
    up = [IE_SourceInterface(interface=_ACCESS), choose, network, IE_QFI(QFI=rules.qfi), _interface(_N3)]
    control = [IE_SourceInterface(interface=_CP), IE_FTEID(CH=1, V4=1)]
    removal = IE_OuterHeaderRemoval(header=6)
    return [
        _pdr(1, 65535, down, [IE_FAR_Id(id=1), IE_QER_Id(id=1)]),
        _pdr(2, 65535, up, [removal, IE_FAR_Id(id=2), IE_QER_Id(id=1)]),
        _pdr(3, 255, control, [removal, IE_FAR_Id(id=1)]),
    ]


def _terminal_side(rules: Rules) -> Packet:
    """The terminal's address, or that all frames of an Ethernet session are meant (clause 8.2.102)."""
    if rules.kind == "ethernet":
        return _raw(142, b"\x01")
    return IE_UE_IP_Address(SD=1, V4=1, ipv4=rules.ue_address)


def _pdr(number: int, precedence: int, pdi: Sequence[Packet], rest: Sequence[Packet]) -> Packet:
    head = [IE_PDR_Id(id=number), IE_Precedence(precedence=precedence), IE_PDI(IE_list=pdi)]
    return IE_CreatePDR(IE_list=[*head, *rest])


def _fars(dnn: str) -> list[Packet]:
    """Downlink is buffered until the gNB's tunnel is known; uplink goes out to N6."""
    out = [IE_DestinationInterface(interface=_CORE), IE_NetworkInstance(instance=dnn), _interface(_N6)]
    return [
        IE_CreateFAR(IE_list=[IE_FAR_Id(id=1), _action(0x0C), _raw(88, b"\x01")]),
        IE_CreateFAR(IE_list=[IE_FAR_Id(id=2), _action(0x02), IE_ForwardingParameters(IE_list=out)]),
    ]
