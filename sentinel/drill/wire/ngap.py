"""NGAP, TS 38.413: the messages of a drill in aligned PER."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import TypeAlias

from pycrate_asn1dir.NGAP import NGAP_IEs, NGAP_PDU_Descriptions

from sentinel.drill.plan import Cell, Slice, plmn_octets

Ie: TypeAlias = tuple[int, str, str, object]
"""An IE: its id, criticality, ASN.1 type and value."""

_NTP_EPOCH = 2_208_988_800


def _pdu(kind: str, procedure: int, criticality: str, message: str, ies: list[Ie]) -> bytes:
    fields = [{"id": i, "criticality": c, "value": (name, value)} for i, c, name, value in ies]
    body = {"procedureCode": procedure, "criticality": criticality, "value": (message, {"protocolIEs": fields})}
    pdu = NGAP_PDU_Descriptions.NGAP_PDU
    pdu.set_val((kind, body))
    encoded: bytes = pdu.to_aper()
    return encoded


def initiating(procedure: int, criticality: str, message: str, ies: list[Ie]) -> bytes:
    """An initiating message."""
    return _pdu("initiatingMessage", procedure, criticality, message, ies)


def successful(procedure: int, message: str, ies: list[Ie]) -> bytes:
    """A successful outcome."""
    return _pdu("successfulOutcome", procedure, "reject", message, ies)


def unsuccessful(procedure: int, message: str, ies: list[Ie]) -> bytes:
    """An unsuccessful outcome."""
    return _pdu("unsuccessfulOutcome", procedure, "reject", message, ies)


def ue_ids(amf: int, ran: int, criticality: str = "reject") -> list[Ie]:
    """The two ids of a terminal."""
    return [(10, criticality, "AMF-UE-NGAP-ID", amf), (85, criticality, "RAN-UE-NGAP-ID", ran)]


def s_nssai(value: Slice) -> dict[str, bytes]:
    """A slice, clause 9.3.1.24."""
    return {"sST": bytes([value.sst])} | ({"sD": bytes.fromhex(value.sd)} if value.sd else {})


def location(cell: Cell, now_ns: int, criticality: str) -> Ie:
    """Where a terminal is, clause 9.3.1.16."""
    plmn = plmn_octets(cell.plmn)
    where = {
        "nR-CGI": {"pLMNIdentity": plmn, "nRCellIdentity": (cell.nci, 36)},
        "tAI": {"pLMNIdentity": plmn, "tAC": cell.tac.to_bytes(3, "big")},
        "timeStamp": (now_ns // 1_000_000_000 + _NTP_EPOCH).to_bytes(4, "big"),
    }
    return (121, criticality, "UserLocationInformation", ("userLocationInformationNR", where))


def tunnel(address: str, teid: int) -> tuple[str, dict[str, object]]:
    """One end of a tunnel, clause 9.3.2.2."""
    where = (int(IPv4Address(address)), 32)
    return ("gTPTunnel", {"transportLayerAddress": where, "gTP-TEID": teid.to_bytes(4, "big")})


def _guami(plmn: str) -> dict[str, object]:
    return {"pLMNIdentity": plmn_octets(plmn), "aMFRegionID": (2, 8), "aMFSetID": (1, 10), "aMFPointer": (0, 6)}


def ng_setup_request(plmn: str, gnb_id: int, name: str, tas: dict[int, tuple[str, list[Slice]]]) -> bytes:
    """NG SETUP REQUEST, clause 9.2.6.1; `tas` maps each TAC to what it broadcasts."""
    supported = [
        {
            "tAC": tac.to_bytes(3, "big"),
            "broadcastPLMNList": [
                {
                    "pLMNIdentity": plmn_octets(broadcast),
                    "tAISliceSupportList": [{"s-NSSAI": s_nssai(one)} for one in slices],
                }
            ],
        }
        for tac, (broadcast, slices) in tas.items()
    ]
    identity = {"pLMNIdentity": plmn_octets(plmn), "gNB-ID": ("gNB-ID", (gnb_id, 32))}
    return initiating(
        21,
        "reject",
        "NGSetupRequest",
        [
            (27, "reject", "GlobalRANNodeID", ("globalGNB-ID", identity)),
            (82, "ignore", "RANNodeName", name),
            (102, "reject", "SupportedTAList", supported),
            (21, "ignore", "PagingDRX", "v128"),
        ],
    )


def ng_setup_response(plmn: str, amf: str, slices: list[Slice]) -> bytes:
    """NG SETUP RESPONSE, clause 9.2.6.2."""
    support = {"pLMNIdentity": plmn_octets(plmn), "sliceSupportList": [{"s-NSSAI": s_nssai(s)} for s in slices]}
    return successful(
        21,
        "NGSetupResponse",
        [
            (1, "reject", "AMFName", amf),
            (96, "reject", "ServedGUAMIList", [{"gUAMI": _guami(plmn)}]),
            (86, "ignore", "RelativeAMFCapacity", 255),
            (80, "reject", "PLMNSupportList", [support]),
        ],
    )


def ng_setup_failure(cause: tuple[str, str]) -> bytes:
    """NG SETUP FAILURE, clause 9.2.6.3."""
    ies: list[Ie] = [(15, "ignore", "Cause", cause), (107, "ignore", "TimeToWait", "v5s")]
    return unsuccessful(21, "NGSetupFailure", ies)


def ran_configuration_update(name: str) -> bytes:
    """RAN CONFIGURATION UPDATE, clause 9.2.6.4."""
    return initiating(35, "reject", "RANConfigurationUpdate", [(82, "ignore", "RANNodeName", name)])


def ran_configuration_update_acknowledge() -> bytes:
    """RAN CONFIGURATION UPDATE ACKNOWLEDGE, clause 9.2.6.5."""
    return successful(35, "RANConfigurationUpdateAcknowledge", [])


def error_indication(cause: tuple[str, str]) -> bytes:
    """ERROR INDICATION, clause 9.2.7.2."""
    return initiating(9, "ignore", "ErrorIndication", [(15, "ignore", "Cause", cause)])


def initial_ue_message(ran: int, nas: bytes, cell: Cell, now_ns: int) -> bytes:
    """INITIAL UE MESSAGE, clause 9.2.5.1."""
    return initiating(
        15,
        "ignore",
        "InitialUEMessage",
        [
            (85, "reject", "RAN-UE-NGAP-ID", ran),
            (38, "reject", "NAS-PDU", nas),
            location(cell, now_ns, "reject"),
            (90, "ignore", "RRCEstablishmentCause", "mo-Signalling"),
            (112, "ignore", "UEContextRequest", "requested"),
        ],
    )


def downlink_nas_transport(amf: int, ran: int, nas: bytes) -> bytes:
    """DOWNLINK NAS TRANSPORT, clause 9.2.5.2."""
    return initiating(4, "ignore", "DownlinkNASTransport", [*ue_ids(amf, ran), (38, "reject", "NAS-PDU", nas)])


def uplink_nas_transport(amf: int, ran: int, nas: bytes, cell: Cell, now_ns: int) -> bytes:
    """UPLINK NAS TRANSPORT, clause 9.2.5.3."""
    ies = [*ue_ids(amf, ran), (38, "reject", "NAS-PDU", nas), location(cell, now_ns, "ignore")]
    return initiating(46, "ignore", "UplinkNASTransport", ies)


def reroute_nas_request(ran: int, initial_ue_message: bytes, amf_set: int, slices: list[Slice]) -> bytes:
    """REROUTE NAS REQUEST, clause 9.2.5.5: another AMF shall serve whoever sent `initial_ue_message`."""
    return initiating(
        36,
        "reject",
        "RerouteNASRequest",
        [
            (85, "reject", "RAN-UE-NGAP-ID", ran),
            (42, "reject", "OCTET STRING", initial_ue_message),
            (3, "reject", "AMFSetID", (amf_set, 10)),
            (0, "reject", "AllowedNSSAI", [{"s-NSSAI": s_nssai(one)} for one in slices]),
        ],
    )


def initial_context_setup_request(
    amf: int, ran: int, plmn: str, slices: list[Slice], key: bytes, imeisv: str, nas: bytes
) -> bytes:
    """INITIAL CONTEXT SETUP REQUEST, clause 9.2.2.1; the IMEISV is masked as clause 9.3.1.54 says."""
    algorithms = dict.fromkeys(
        (
            "nRencryptionAlgorithms",
            "nRintegrityProtectionAlgorithms",
            "eUTRAencryptionAlgorithms",
            "eUTRAintegrityProtectionAlgorithms",
        ),
        (57344, 16),
    )
    masked = int(imeisv[:8] + "ffff" + imeisv[12:], 16)
    return initiating(
        14,
        "reject",
        "InitialContextSetupRequest",
        [
            *ue_ids(amf, ran),
            (28, "reject", "GUAMI", _guami(plmn)),
            (0, "reject", "AllowedNSSAI", [{"s-NSSAI": s_nssai(one)} for one in slices]),
            (119, "reject", "UESecurityCapabilities", algorithms),
            (94, "reject", "SecurityKey", (int.from_bytes(key, "big"), 256)),
            (34, "ignore", "MaskedIMEISV", (masked, 64)),
            (38, "ignore", "NAS-PDU", nas),
        ],
    )


def initial_context_setup_response(amf: int, ran: int) -> bytes:
    """INITIAL CONTEXT SETUP RESPONSE, clause 9.2.2.2."""
    return successful(14, "InitialContextSetupResponse", ue_ids(amf, ran, "ignore"))


def pdu_session_resource_setup_request(
    amf: int,
    ran: int,
    session: int,
    chosen: Slice,
    nas: bytes,
    upf: str,
    teid: int,
    qfi: int,
    kind: str = "ipv4",
    protection: str = "",
) -> bytes:
    """PDU SESSION RESOURCE SETUP REQUEST, clause 9.2.1.1, with its transfer, clause 9.3.4.1.

    `protection` of the user plane is `required`, `preferred` or `not-needed`, where it is said.
    """
    rate = 1_000_000_000
    arp = {
        "priorityLevelARP": 8,
        "pre-emptionCapability": "shall-not-trigger-pre-emption",
        "pre-emptionVulnerability": "not-pre-emptable",
    }
    flow = {
        "qosFlowIdentifier": qfi,
        "qosFlowLevelQosParameters": {
            "qosCharacteristics": ("nonDynamic5QI", {"fiveQI": 9}),
            "allocationAndRetentionPriority": arp,
        },
    }
    ambr = {"pDUSessionAggregateMaximumBitRateDL": rate, "pDUSessionAggregateMaximumBitRateUL": rate}
    ies: list[Ie] = [
        (130, "reject", "PDUSessionAggregateMaximumBitRate", ambr),
        (139, "reject", "UPTransportLayerInformation", tunnel(upf, teid)),
        (134, "reject", "PDUSessionType", kind),
        (136, "reject", "QosFlowSetupRequestList", [flow]),
    ]
    if protection:
        indication = {
            "integrityProtectionIndication": protection,
            "confidentialityProtectionIndication": protection,
        } | ({} if protection == "not-needed" else {"maximumIntegrityProtectedDataRate-UL": "maximum-UE-rate"})
        ies.insert(3, (138, "reject", "SecurityIndication", indication))
    content = {"protocolIEs": [{"id": i, "criticality": c, "value": (name, v)} for i, c, name, v in ies]}
    item = {
        "pDUSessionID": session,
        "pDUSessionNAS-PDU": nas,
        "s-NSSAI": s_nssai(chosen),
        "pDUSessionResourceSetupRequestTransfer": transfer("PDUSessionResourceSetupRequestTransfer", content),
    }
    ue_rate = {"uEAggregateMaximumBitRateDL": rate, "uEAggregateMaximumBitRateUL": rate}
    return initiating(
        29,
        "reject",
        "PDUSessionResourceSetupRequest",
        [
            *ue_ids(amf, ran),
            (74, "reject", "PDUSessionResourceSetupListSUReq", [item]),
            (110, "ignore", "UEAggregateMaximumBitRate", ue_rate),
        ],
    )


def pdu_session_resource_setup_response(amf: int, ran: int, session: int, gnb: str, teid: int, qfi: int) -> bytes:
    """PDU SESSION RESOURCE SETUP RESPONSE, clause 9.2.1.2, with its transfer, clause 9.3.4.2."""
    content = {
        "dLQosFlowPerTNLInformation": {
            "uPTransportLayerInformation": tunnel(gnb, teid),
            "associatedQosFlowList": [{"qosFlowIdentifier": qfi}],
        }
    }
    octets = transfer("PDUSessionResourceSetupResponseTransfer", content)
    item = {"pDUSessionID": session, "pDUSessionResourceSetupResponseTransfer": octets}
    ies = [*ue_ids(amf, ran, "ignore"), (75, "ignore", "PDUSessionResourceSetupListSURes", [item])]
    return successful(29, "PDUSessionResourceSetupResponse", ies)


def pdu_session_resource_release_command(amf: int, ran: int, session: int, nas: bytes) -> bytes:
    """PDU SESSION RESOURCE RELEASE COMMAND, clause 9.2.1.3, for a normal release."""
    octets = transfer("PDUSessionResourceReleaseCommandTransfer", {"cause": ("nas", "normal-release")})
    item = {"pDUSessionID": session, "pDUSessionResourceReleaseCommandTransfer": octets}
    return initiating(
        28,
        "reject",
        "PDUSessionResourceReleaseCommand",
        [
            *ue_ids(amf, ran),
            (38, "ignore", "NAS-PDU", nas),
            (79, "reject", "PDUSessionResourceToReleaseListRelCmd", [item]),
        ],
    )


def pdu_session_resource_release_response(amf: int, ran: int, session: int) -> bytes:
    """PDU SESSION RESOURCE RELEASE RESPONSE, clause 9.2.1.4."""
    octets = transfer("PDUSessionResourceReleaseResponseTransfer", {})
    item = {"pDUSessionID": session, "pDUSessionResourceReleaseResponseTransfer": octets}
    ies = [*ue_ids(amf, ran, "ignore"), (70, "ignore", "PDUSessionResourceReleasedListRelRes", [item])]
    return successful(28, "PDUSessionResourceReleaseResponse", ies)


def ue_context_release_command(amf: int, ran: int, cause: tuple[str, str]) -> bytes:
    """UE CONTEXT RELEASE COMMAND, clause 9.2.2.5."""
    pair = ("uE-NGAP-ID-pair", {"aMF-UE-NGAP-ID": amf, "rAN-UE-NGAP-ID": ran})
    return initiating(
        41, "reject", "UEContextReleaseCommand", [(114, "reject", "UE-NGAP-IDs", pair), (15, "ignore", "Cause", cause)]
    )


def ue_context_release_complete(amf: int, ran: int, cell: Cell, now_ns: int) -> bytes:
    """UE CONTEXT RELEASE COMPLETE, clause 9.2.2.6."""
    ies = [*ue_ids(amf, ran, "ignore"), location(cell, now_ns, "ignore")]
    return successful(41, "UEContextReleaseComplete", ies)


def with_unknown_ie(pdu: bytes, ie_id: int, value: bytes) -> bytes:
    """`pdu` with one more IE of criticality ignore that no release knows; for PDUs shorter than 128 octets."""
    head, length, body = pdu[:3], pdu[3], pdu[4:]
    count = int.from_bytes(body[1:3], "big") + 1
    ie = ie_id.to_bytes(2, "big") + b"\x40" + bytes([len(value)]) + value
    return head + bytes([length + len(ie)]) + body[:1] + count.to_bytes(2, "big") + body[3:] + ie


def without_ie(pdu: bytes, ie_id: int) -> bytes:
    """`pdu` with one IE left out; for PDUs shorter than 128 octets."""
    kept, count, at = b"", 0, 7
    while at < len(pdu):
        end = at + 4 + pdu[at + 3]
        if int.from_bytes(pdu[at : at + 2], "big") != ie_id:
            kept, count = kept + pdu[at:end], count + 1
        at = end
    return pdu[:3] + bytes([3 + len(kept)]) + pdu[4:5] + count.to_bytes(2, "big") + kept


def transfer(name: str, value: Mapping[str, object]) -> bytes:
    """What NGAP carries for the SMF, in its own encoding."""
    kind = getattr(NGAP_IEs, name)
    kind.set_val(value)
    encoded: bytes = kind.to_aper()
    return encoded
