"""NGAP, TS 38.413: terminals that move, rest and are looked for, beside the messages of `ngap`."""

from __future__ import annotations

from collections.abc import Sequence

from sentinel.drill.plan import Cell, Slice, Station, plmn_octets
from sentinel.drill.wire.ngap import (
    Ie,
    initiating,
    location,
    s_nssai,
    successful,
    transfer,
    tunnel,
    ue_ids,
    unsuccessful,
)

ALL_ALGORITHMS = 0xE000  # 128-NEA1 to 3, or NIA1 to 3 (clause 9.3.1.86)
_KEY = (1 << 255, 256)


def path_switch_request(
    source_amf: int,
    ran: int,
    cell: Cell,
    now_ns: int,
    sessions: Sequence[tuple[int, str, int, int]],
    algorithms: int = ALL_ALGORITHMS,
) -> bytes:
    """PATH SWITCH REQUEST, clause 9.2.3.8; a session is its id, the address and TEID of its RAN end, and a QFI."""
    items = [
        {
            "pDUSessionID": number,
            "pathSwitchRequestTransfer": transfer(
                "PathSwitchRequestTransfer",
                {
                    "dL-NGU-UP-TNLInformation": tunnel(address, teid),
                    "qosFlowAcceptedList": [{"qosFlowIdentifier": qfi}],
                },
            ),
        }
        for number, address, teid, qfi in sessions
    ]
    ies: list[Ie] = [
        (85, "reject", "RAN-UE-NGAP-ID", ran),
        (100, "reject", "AMF-UE-NGAP-ID", source_amf),
        location(cell, now_ns, "ignore"),
        (119, "ignore", "UESecurityCapabilities", _capabilities(algorithms)),
        (76, "reject", "PDUSessionResourceToBeSwitchedDLList", items),
    ]
    return initiating(25, "reject", "PathSwitchRequest", ies)


def path_switch_request_acknowledge(
    amf: int, ran: int, sessions: Sequence[int], slices: Sequence[Slice], algorithms: int | None = None
) -> bytes:
    """PATH SWITCH REQUEST ACKNOWLEDGE, clause 9.2.3.9; it has `algorithms` where the AMF corrects the request."""
    items = [
        {
            "pDUSessionID": number,
            "pathSwitchRequestAcknowledgeTransfer": transfer("PathSwitchRequestAcknowledgeTransfer", {}),
        }
        for number in sessions
    ]
    corrected: list[Ie] = (
        [] if algorithms is None else [(119, "reject", "UESecurityCapabilities", _capabilities(algorithms))]
    )
    ies: list[Ie] = [
        *ue_ids(amf, ran, "ignore"),
        *corrected,
        (93, "reject", "SecurityContext", {"nextHopChainingCount": 1, "nextHopNH": _KEY}),
        (77, "ignore", "PDUSessionResourceSwitchedList", items),
        (0, "reject", "AllowedNSSAI", [{"s-NSSAI": s_nssai(one)} for one in slices]),
    ]
    return successful(25, "PathSwitchRequestAcknowledge", ies)


def handover_required(amf: int, ran: int, target: Station, session: int) -> bytes:
    """HANDOVER REQUIRED, clause 9.2.3.1, to a gNB."""
    plmn = plmn_octets(target.cell.plmn)
    node = {
        "globalRANNodeID": ("globalGNB-ID", {"pLMNIdentity": plmn, "gNB-ID": ("gNB-ID", (target.id, 32))}),
        "selectedTAI": {"pLMNIdentity": plmn, "tAC": target.cell.tac.to_bytes(3, "big")},
    }
    item = {"pDUSessionID": session, "handoverRequiredTransfer": transfer("HandoverRequiredTransfer", {})}
    ies: list[Ie] = [
        *ue_ids(amf, ran),
        (29, "reject", "HandoverType", "intra5gs"),
        (15, "ignore", "Cause", ("radioNetwork", "handover-desirable-for-radio-reason")),
        (105, "reject", "TargetID", ("targetRANNodeID", node)),
        (61, "reject", "PDUSessionResourceListHORqd", [item]),
        (101, "reject", "SourceToTarget-TransparentContainer", _container(target.cell)),
    ]
    return initiating(12, "reject", "HandoverRequired", ies)


def handover_preparation_failure(amf: int, ran: int, cause: str) -> bytes:
    """HANDOVER PREPARATION FAILURE, clause 9.2.3.3."""
    ies = [*ue_ids(amf, ran, "ignore"), (15, "ignore", "Cause", ("radioNetwork", cause))]
    return unsuccessful(12, "HandoverPreparationFailure", ies)


def paging(tmsi: int, cell: Cell) -> bytes:
    """PAGING, clause 9.2.4.1."""
    who = {"aMFSetID": (1, 10), "aMFPointer": (0, 6), "fiveG-TMSI": tmsi.to_bytes(4, "big")}
    area = {"pLMNIdentity": plmn_octets(cell.plmn), "tAC": cell.tac.to_bytes(3, "big")}
    ies: list[Ie] = [
        (115, "ignore", "UEPagingIdentity", ("fiveG-S-TMSI", who)),
        (103, "ignore", "TAIListForPaging", [{"tAI": area}]),
    ]
    return initiating(24, "ignore", "Paging", ies)


def ue_context_release_request(amf: int, ran: int, cause: tuple[str, str]) -> bytes:
    """UE CONTEXT RELEASE REQUEST, clause 9.2.2.4."""
    return initiating(42, "ignore", "UEContextReleaseRequest", [*ue_ids(amf, ran), (15, "ignore", "Cause", cause)])


def _container(cell: Cell) -> bytes:
    """What the source tells the target, clause 9.3.1.29; the RRC container is an empty HandoverPreparationInformation."""
    cgi = {"pLMNIdentity": plmn_octets(cell.plmn), "nRCellIdentity": (cell.nci, 36)}
    visited = {"globalCellID": ("nR-CGI", cgi), "cellType": {"cellSize": "small"}, "timeUEStayedInCell": 60}
    content = {
        "rRCContainer": b"\0\0",
        "targetCell-ID": ("nR-CGI", cgi),
        "uEHistoryInformation": [{"lastVisitedCellInformation": ("nGRANCell", visited)}],
    }
    return transfer("SourceNGRANNode_ToTargetNGRANNode_TransparentContainer", content)


def _capabilities(algorithms: int) -> dict[str, object]:
    names = (
        "nRencryptionAlgorithms",
        "nRintegrityProtectionAlgorithms",
        "eUTRAencryptionAlgorithms",
        "eUTRAintegrityProtectionAlgorithms",
    )
    return dict.fromkeys(names, (algorithms, 16))
