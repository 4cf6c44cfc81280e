"""NGAP, TS 38.413: messages about the interface, warnings, tracing and location, beside those of `ngap`."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from sentinel.drill.plan import Cell
from sentinel.drill.wire.ngap import Ie, initiating, location, successful, ue_ids


def overload_start(action: str = "reject-rrc-cr-signalling") -> bytes:
    """OVERLOAD START, clause 9.2.6.13."""
    return initiating(22, "ignore", "OverloadStart", [(2, "reject", "OverloadResponse", ("overloadAction", action))])


def overload_stop() -> bytes:
    """OVERLOAD STOP, clause 9.2.6.14."""
    return initiating(23, "reject", "OverloadStop", [])


def ng_reset(contexts: Sequence[tuple[int, int]] = ()) -> bytes:
    """NG RESET, clause 9.2.6.11: of the contexts (AMF and RAN id), or of the whole interface."""
    items = [{"aMF-UE-NGAP-ID": amf, "rAN-UE-NGAP-ID": ran} for amf, ran in contexts]
    kind = ("partOfNG-Interface", items) if items else ("nG-Interface", "reset-all")
    cause = ("misc", "om-intervention")
    return initiating(20, "reject", "NGReset", [(15, "ignore", "Cause", cause), (88, "reject", "ResetType", kind)])


def ng_reset_acknowledge() -> bytes:
    """NG RESET ACKNOWLEDGE, clause 9.2.6.12."""
    return successful(20, "NGResetAcknowledge", [])


def write_replace_warning_request(message: int, serial: int) -> bytes:
    """WRITE-REPLACE WARNING REQUEST, clause 9.2.8.1, once."""
    ies: list[Ie] = [
        (35, "reject", "MessageIdentifier", (message, 16)),
        (95, "reject", "SerialNumber", (serial, 16)),
        (87, "reject", "RepetitionPeriod", 0),
        (47, "reject", "NumberOfBroadcastsRequested", 1),
    ]
    return initiating(51, "reject", "WriteReplaceWarningRequest", ies)


def trace_start(amf: int, ran: int, collector: str) -> bytes:
    """TRACE START, clause 9.2.10.1."""
    activation = {
        "nGRANTraceID": bytes(8),
        "interfacesToTrace": (0xE0, 8),
        "traceDepth": "maximum",
        "traceCollectionEntityIPAddress": (int(IPv4Address(collector)), 32),
    }
    ies = [*ue_ids(amf, ran), (108, "ignore", "TraceActivation", activation)]
    return initiating(39, "ignore", "TraceStart", ies)


def location_reporting_control(amf: int, ran: int) -> bytes:
    """LOCATION REPORTING CONTROL, clause 9.2.11.1, asks for one report of the cell."""
    ies = [*ue_ids(amf, ran), (33, "ignore", "LocationReportingRequestType", _DIRECT)]
    return initiating(16, "ignore", "LocationReportingControl", ies)


def location_report(amf: int, ran: int, cell: Cell, now_ns: int) -> bytes:
    """LOCATION REPORT, clause 9.2.11.3."""
    ies = [
        *ue_ids(amf, ran),
        location(cell, now_ns, "ignore"),
        (33, "ignore", "LocationReportingRequestType", _DIRECT),
    ]
    return initiating(18, "ignore", "LocationReport", ies)


_DIRECT = {"eventType": "direct", "reportArea": "cell"}
