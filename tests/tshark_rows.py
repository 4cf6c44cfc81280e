"""What tests/compare_tshark.py compares: one line for each field of tshark and the field of ours that says the same.

A row is the protocol as tshark names it, its field, the kinds of our events (how they begin; several with spaces
between), our field, and how tshark's element becomes our text (`None`: it says nothing). `ours` may name several fields, and have a `*`; `mine` is
what is compared of our text. Rows with the same field of ours add up, so that flags, which tshark has in a field each,
can be compared with a list of names. `g_pdu` is `gtp` of message type 255: we have
no event for each packet there, so what is compared are the sets of values in a whole capture. `inside` is for what
users say in their tunnels; without it, what stands behind GTP-U is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree import ElementTree as ET

How = Callable[[ET.Element], "str | None"]


def show(field: ET.Element) -> str | None:
    """As it stands."""
    return field.get("show") or None


def number(field: ET.Element) -> str | None:
    """A number, which tshark may show in hexadecimal or with leading zeroes."""
    text = field.get("show", "")
    return str(int(text, 16 if text.startswith("0x") else 10)) if text else None


def octets(field: ET.Element) -> str:
    """Octets without the colons."""
    return field.get("show", "").replace(":", "")


def as_number(field: ET.Element) -> str | None:
    """Octets as a number."""
    return str(int(octets(field), 16)) if octets(field) else None


def hexed(digits: int) -> How:
    """`0x` and so many digits, of a number."""
    return lambda field: f"0x{int(number(field) or 0):0{digits}x}"


def octets_hexed(field: ET.Element) -> str:
    """`0x` and the octets."""
    return f"0x{octets(field)}"


def bits(field: ET.Element) -> str | None:
    """A bit string as a number: tshark shows it from the left, in whole octets."""
    length = re.search(r"\[bit length (\d+)", field.get("showname", ""))
    whole = octets(field)
    return str(int(whole, 16) >> (len(whole) * 4 - int(length[1]))) if length else None


def protected(header: str | None) -> str | None:
    """A security header type that is not plain."""
    return header if header != "0" else None


def plmn(field: ET.Element) -> str | None:
    """A PLMN identity of NGAP, which has the third digit of the MNC in its order."""
    digits = octets(field)
    if len(digits) != 6:
        return None
    mcc = digits[1] + digits[0] + digits[3]
    return mcc + (digits[2] if digits[2] != "f" else "") + digits[5] + digits[4]


def last_part(text: str) -> str:
    """What stands behind the last dash: of a SUCI, the output of its scheme."""
    return text.rpartition("-")[2]


def named(*names: str) -> How:
    """The name of a number, from 0."""

    def how(field: ET.Element) -> str | None:
        at = int(number(field) or 0)
        return names[at] if at < len(names) else None

    return how


def flag(name: str) -> How:
    """`name` where the flag is set."""
    return lambda field: name if field.get("show") in {"1", "True"} else None


def prefixed(prefix: str) -> How:
    """A number behind letters, such as `NEA2`."""
    return lambda field: f"{prefix}{number(field)}"


def printable(field: ET.Element) -> str | None:
    """Text of a peer: what is not printable is left to the decoder's own tests."""
    text = field.get("show", "")
    return text if text.isprintable() and text else None


def but(*passed_over: int) -> How:
    """A number, unless it is one of these."""
    return lambda field: text if (text := number(field)) and int(text) not in passed_over else None


def sent(field: ET.Element) -> str | None:
    """Text that is there: tshark repeats in an answer what was asked."""
    return printable(field) if field.get("size") != "0" else None


def transferred(field: ET.Element) -> str | None:
    """The file name of a block that is transferred; that of one to be inserted has no underscore."""
    text = field.get("show", "")
    return text if text.startswith("_") else None


def unmasked(field: ET.Element) -> str | None:
    """The whole octet of which the field is a part."""
    whole = field.get("unmaskedvalue", "")
    return str(int(whole, 16)) if whole else None


def one_of(names: dict[str, str]) -> How:
    """The name of what is shown, where it has one."""
    return lambda field: names.get(field.get("show", ""))


def figures(text: str) -> str:
    """A number of five figures, as floating point is shown with fewer than it has."""
    return f"{float(text):.5g}"


def points(text: str) -> str | None:
    """A value of a point, not a time."""
    return figures(text) if float(text) < 1e11 else None


def measured(field: ET.Element) -> str | None:
    """A value that is a number."""
    text = {"True": "1", "False": "0"}.get(field.get("show", ""), field.get("show", ""))
    return figures(text) if text else None


def host(field: ET.Element) -> str | None:
    """The host of an authority, without its port and its brackets."""
    found = re.fullmatch(r"(?:\[(?P<six>.*)\]|(?P<name>[^:]*))(?::\d*)?", field.get("show", "").lower())
    return (found["six"] or found["name"] or None) if found else None


def path(field: ET.Element) -> str | None:
    """The path of a target in any of its forms; a query is none of its business."""
    text = re.sub(r"^https?://[^/]*", "", field.get("show", "")).partition("?")[0]
    return text or None


def suite(field: ET.Element) -> str | None:
    """A cipher suite by the name that is shown, if it is one."""
    found = re.match(r"Cipher Suite: (TLS_\w+) ", field.get("showname", ""))
    return found[1] if found else None


def seconds(field: ET.Element) -> str | None:
    """A time as seconds since the epoch."""
    found = re.match(r"(\w+ +\d+, \d+ [\d:]+)", field.get("show", ""))
    when = datetime.strptime(found[1], "%b %d, %Y %H:%M:%S").replace(tzinfo=UTC) if found else None
    return str(int(when.timestamp())) if when else None


def differentiator(field: ET.Element) -> str | None:
    """A slice differentiator, where it is one."""
    text = (octets(field) or "").removeprefix("0x")
    return text if text != "ffffff" else None


class Row(NamedTuple):
    """A field of tshark, and ours."""

    protocol: str
    theirs: str
    kinds: str
    ours: str
    how: How = show
    inside: bool = False
    mine: Callable[[str], str | None] = str


_INTERFACES = ("access", "core", "sgi_lan_n6_lan", "cp_function")
_SESSION_TYPES = ("ipv4", "ipv6", "ipv4v6", "ethernet", "unstructured")
_NAS_SESSION_TYPES = ("", "ipv4", "ipv6", "ipv4v6", "unstructured", "ethernet")
_PROTECTION = ("required", "preferred", "not_needed")
_ACTIONS = ("drop", "forw", "buff", "nocp", "dupl", "ipma", "ipmd", "dfrt")
_REPORTS = ("dldr", "usar", "erir", "upir", "tmir", "sesr", "uisr")
_IDENTITIES = ("no_identity", "suci", "guti", "imei", "s_tmsi", "imeisv", "mac_address", "eui_64")
_REGISTRATIONS = ("reserved", "initial", "mobility", "periodic", "emergency", "snpn_onboarding")


def _ngap() -> Iterator[Row]:
    def row(theirs: str, ours: str, how: How = show, mine: Callable[[str], str | None] = str) -> Row:
        return Row("ngap", f"ngap.{theirs}", "ngap.", ours, how, mine=mine)

    yield from (
        row("procedureCode", "fiveg.ngap.procedure_code", number),
        row("AMF_UE_NGAP_ID", "fiveg.amf_ue_ngap_id"),
        row("RAN_UE_NGAP_ID", "fiveg.ran_ue_ngap_id"),
        row("pDUSessionID", "fiveg.pdu_session.id"),
        row("qosFlowIdentifier", "fiveg.pdu_session.qfi"),
        row("gTP_TEID", "fiveg.ngap.*.teid", octets_hexed),
        row("TransportLayerAddressIPv4", "fiveg.ngap.*.address"),
        row("tAC", "fiveg.tac", number),
        row("pLMNIdentity", "fiveg.plmn fiveg.gnb.plmn fiveg.amf.guami", plmn, lambda text: text.partition("-")[0]),
        row("NRCellIdentity", "fiveg.nci", hexed(9)),
        row("sST", "fiveg.snssai.sst", as_number),
        row("sD", "fiveg.snssai.sd", differentiator),
        row("gNB_ID", "fiveg.gnb.id", bits),
        row("RANNodeName", "fiveg.gnb.name", printable),
        row("AMFName", "fiveg.amf.name", printable),
        row("fiveG_TMSI", "fiveg.tmsi", hexed(8)),
        row("MaskedIMEISV", "fiveg.ngap.masked_imeisv", octets_hexed),
        row("RRCEstablishmentCause", "fiveg.ngap.rrc_establishment_cause", named(
            "emergency", "high_priority_access", "mt_access", "mo_signalling", "mo_data", "mo_voice_call",
            "mo_video_call", "mo_sms", "mps_priority_access", "mcs_priority_access", "not_available")),
        row("PDUSessionType", "fiveg.pdu_session.type", named(*_SESSION_TYPES)),
        row("integrityProtectionIndication", "fiveg.ngap.up_integrity", named(*_PROTECTION)),
        row("confidentialityProtectionIndication", "fiveg.ngap.up_confidentiality", named(*_PROTECTION)),
        row("fiveQI", "fiveg.pdu_session.5qi"),
        row("priorityLevelARP", "fiveg.pdu_session.arp"),
        row("pDUSessionAggregateMaximumBitRateDL", "fiveg.pdu_session.ambr_dl"),
        row("pDUSessionAggregateMaximumBitRateUL", "fiveg.pdu_session.ambr_ul"),
        row("uEAggregateMaximumBitRateDL", "fiveg.ngap.ue_ambr_dl"),
        row("TimeToWait", "fiveg.ngap.time_to_wait", named("1", "2", "5", "10", "20", "60")),
        row("PagingDRX", "fiveg.ngap.paging_drx", named("32", "64", "128", "256")),
        row("RelativeAMFCapacity", "fiveg.ngap.amf_capacity"),
    )  # fmt: skip


def _nas() -> Iterator[Row]:
    def row(theirs: str, ours: str, how: How = show, mine: Callable[[str], str | None] = str) -> Row:
        return Row("ngap", f"nas_5gs.{theirs}", "nas.", ours, how, mine=mine)

    yield from (
        # What is inside a protected message keeps the header of the outside.
        row("security_header_type", "fiveg.nas.security_header", lambda field: protected(show(field)), protected),
        row("seq_no", "fiveg.nas.sequence"),
        row("msg_auth_code", "fiveg.nas.mac", lambda field: f"{int(field.get('show', '0'), 16):08x}"),
        row("mm.nas_sec_algo_enc", "fiveg.nas.cipher", prefixed("NEA")),
        row("mm.nas_sec_algo_ip", "fiveg.nas.integrity", prefixed("NIA")),
        row("mm.5gmm_cause", "fiveg.nas.cause"),
        row("sm.5gsm_cause", "fiveg.nas.cause"),
        row("mm.5gs_reg_type", "fiveg.nas.registration_type", named(*_REGISTRATIONS)),
        row("mm.type_id", "fiveg.nas.identity_type", named(*_IDENTITIES)),
        row("mm.suci.scheme_id", "fiveg.suci.scheme"),
        row("mm.suci.msin", "fiveg.suci", show, last_part),
        row("mm.suci.scheme_output", "fiveg.suci", octets, last_part),
        row("mm.imeisv", "fiveg.pei"),
        row("mm.imei", "fiveg.pei"),
        row("5g_tmsi", "fiveg.tmsi", hexed(8)),
        row("pdu_session_id", "fiveg.pdu_session.id"),
        row("sm.pdu_session_type", "fiveg.pdu_session.type", named(*_NAS_SESSION_TYPES)),
        row("sm.pdu_addr_inf_ipv4", "fiveg.pdu_session.ue_ip"),
        row("cmn.dnn", "fiveg.dnn", printable),
        row("mm.sst", "fiveg.snssai.sst", number),
        row("mm.mm_sd", "fiveg.snssai.sd", lambda field: f"{int(number(field) or 0):06x}"),
        row("proc_trans_id", "fiveg.nas.pti"),
        row("sm.5qi", "fiveg.pdu_session.5qi"),
        row("sm.qfi", "fiveg.pdu_session.qfi"),
        row("sm.sc_mode", "fiveg.pdu_session.ssc_mode"),
        row("sm.sel_sc_mode", "fiveg.pdu_session.ssc_mode"),
        row("mm.pld_cont_type", "fiveg.nas.payload_type", named("reserved", "n1_sm_information", "sms", "lpp", "sor")),
        row("mm.switch_off", "fiveg.nas.switch_off", lambda field: str(field.get("show") in {"1", "True"})),
    )


def _pfcp() -> Iterator[Row]:
    def row(theirs: str, ours: str, how: How = show) -> Row:
        return Row("pfcp", f"pfcp.{theirs}", "pfcp.", ours, how)

    yield from (
        row("msg_type", "fiveg.pfcp.message_type"),
        row("seqno", "fiveg.pfcp.sequence"),
        row("seid", "fiveg.pfcp.*seid", lambda field: f"0x{int(field.get('show', '0'), 16):016x}"),
        row("f_seid.ipv4", "fiveg.pfcp.f_seid.address"),
        row("node_id_ipv4", "fiveg.pfcp.node_id"),
        row("node_id_fqdn", "fiveg.pfcp.node_id", printable),
        row("cause", "fiveg.pfcp.cause"),
        row("recovery_time_stamp", "fiveg.pfcp.recovery_time", seconds),
        row("pdr_id", "fiveg.pfcp.pdr.id"),
        row("source_interface", "fiveg.pfcp.pdr.source_interface", named(*_INTERFACES)),
        row("dst_interface", "fiveg.pfcp.*.destination_interface", named(*_INTERFACES)),
        row("f_teid.teid", "fiveg.pfcp.f_teid.teid fiveg.pfcp.error_indication.teid", hexed(8)),
        row("f_teid.ipv4_addr", "fiveg.pfcp.f_teid.address fiveg.pfcp.error_indication.address"),
        row("f_teid_flags.ch", "fiveg.pfcp.f_teid.choose", flag("True")),
        row("outer_hdr_creation.teid", "fiveg.pfcp.outer_header.teid fiveg.pfcp.duplicating.teid", hexed(8)),
        row("outer_hdr_creation.ipv4", "fiveg.pfcp.outer_header.address fiveg.pfcp.duplicating.address"),
        row("ue_ip_addr_ipv4", "fiveg.pdu_session.ue_ip"),
        row("network_instance", "fiveg.pfcp.network_instance", printable),
        row("apn_dnn", "fiveg.dnn", printable),
        row("s_nssai_sst.sst", "fiveg.snssai.sst", as_number),
        row("s_nssai_sst.sd", "fiveg.snssai.sd", differentiator),
        row("user_id.imei", "fiveg.pei"),
        row("qfi_value", "fiveg.pdu_session.qfi", number),
        row("far_id", "fiveg.pfcp.far.id fiveg.pfcp.pdr.far_id", number),
        row("precedence", "fiveg.pfcp.pdr.precedence"),
        row("flow_desc", "fiveg.pfcp.sdf_filter", printable),
        row("gate_status.ulgate", "fiveg.pfcp.qer.gate_ul", named("open", "closed")),
        row("gate_status.dlgate", "fiveg.pfcp.qer.gate_dl", named("open", "closed")),
        row("ul_mbr", "fiveg.pfcp.qer.mbr_ul"),
        row("dl_mbr", "fiveg.pfcp.qer.mbr_dl"),
        row("ul_gbr", "fiveg.pfcp.qer.gbr_ul"),
        row("volume_threshold.tovol", "fiveg.pfcp.urr.volume_threshold"),
        row("volume_measurement.tovol", "fiveg.pfcp.usage_report.total_octets"),
        row("volume_measurement.ulvol", "fiveg.pfcp.usage_report.ul_octets"),
        row("volume_measurement.dlvol", "fiveg.pfcp.usage_report.dl_octets"),
        row("duration_measurement", "fiveg.pfcp.usage_report.duration"),
    )
    yield from (row(f"apply_action.{name}", "fiveg.pfcp.far.apply_action", flag(name)) for name in _ACTIONS)
    for name in ("perio", "volth", "timth", "quhti", "start", "stopt", "droth", "volqu", "timqu"):
        yield row(f"reporting_triggers_flags.{name}", "fiveg.pfcp.urr.reporting_trigger", flag(name))
        yield row(f"usage_report_trigger_flags.{name}", "fiveg.pfcp.usage_report.trigger", flag(name))
    yield row("usage_report_trigger.immer", "fiveg.pfcp.usage_report.trigger", flag("immer"))
    yield row("usage_report_trigger.term", "fiveg.pfcp.usage_report.trigger", flag("termr"))
    yield from (row(f"report_type.{name}", "fiveg.pfcp.report_type", flag(name)) for name in _REPORTS)


def _gtp() -> Iterator[Row]:
    def row(theirs: str, ours: str, how: How = show) -> Row:
        return Row("gtp", f"gtp.{theirs}", "gtpu.", ours, how)

    yield from (
        Row("g_pdu", "gtp.teid", "gtpu.tunnel_started", "fiveg.gtpu.teid", hexed(8)),
        Row("g_pdu", "gtp.ext_hdr.pdu_ses_con.qos_flow_id", "gtpu.tunnel_started", "fiveg.gtpu.qfi"),
        row("recovery", "fiveg.gtpu.restart_counter"),
        row("gsn_ipv4", "fiveg.gtpu.peer"),
        Row("gtp", "gtp.teid_data", "gtpu.error_indication", "fiveg.gtpu.teid", hexed(8)),
    )


def _gtpc() -> Iterator[Row]:
    for name in ("gtp", "gtpv2"):
        yield Row(
            "gtpc", f"{name}.message{'_type' if name == 'gtpv2' else ''}", "gtpc.", "fiveg.gtpc.message_type", number
        )
        yield Row("gtpc", f"{name}.teid", "gtpc.", "fiveg.gtpc.teid", hexed(8))


def _sctp() -> Iterator[Row]:
    """Those of associations of N2: the port is tshark's filter for what else it calls NGAP."""
    for theirs, ours in (
        ("nr_out_streams", "outbound_streams"),
        ("nr_in_streams", "inbound_streams"),
        ("credit", "a_rwnd"),
    ):
        for chunk in ("init", "initack"):
            yield Row("sctp", f"sctp.{chunk}_{theirs}", "sctp.init", f"fiveg.sctp.{ours}")


def _applications() -> Iterator[Row]:
    """What flows carry, in users' tunnels and outside."""
    for protocol, theirs, kinds, ours in (
        ("mbtcp", "mbtcp.trans_id", "modbus.", "ot.transaction_id"),
        ("mbtcp", "mbtcp.unit_id", "modbus.", "ot.unit_id"),
        ("modbus", "modbus.func_code", "modbus.", "ot.function_code"),
        ("modbus", "modbus.exception_code", "modbus.", "modbus.exception_code"),
        ("iec60870_asdu", "iec60870_asdu.typeid", "iec104.", "ot.function_code"),
        ("iec60870_asdu", "iec60870_asdu.causetx", "iec104.", "iec104.cause_code"),
        ("iec60870_asdu", "iec60870_asdu.addr", "iec104.", "ot.unit_id"),
        ("dnp3", "dnp3.al.func", "dnp3.", "ot.function_code"),
        ("dns", "dns.id", "dns.", "dns.id"),
        ("opcua", "opcua.servicenodeid.numeric", "opcua.", "ot.function_code"),
        ("goose", "goose.stNum", "goose.", "goose.st_num"),
        ("goose", "goose.sqNum", "goose.", "goose.sq_num"),
    ):
        yield Row(protocol, theirs, kinds, ours, number, inside=True)
    values = "siq.spi diq.dpi sco.on dco.on rco.up vti.v scalval normval float bcr.count"
    for name in values.split():
        yield Row(
            "iec60870_asdu", f"iec60870_asdu.{name}", "iec104.", "iec104.value", measured, inside=True, mine=figures
        )
    for name in ("ana.int", "ana.float", "ana.double", "cnt", "bit", "biq.b7", "boq.b7", "time_delay"):
        yield Row("dnp3", f"dnp3.al.{name}", "dnp3.", "dnp3.value", measured, inside=True, mine=points)
    for protocol, theirs, kinds, ours, how in (*_siemens(), *_rockwell(), *_web()):
        yield Row(protocol, theirs, kinds, ours, how, inside=True)
    yield Row("dns", "dns.qry.name", "dns.", "dns.question.name", inside=True)


Inner = tuple[str, str, str, str, How]


def _siemens() -> Iterator[Inner]:
    variables = "s7comm.read_var s7comm.write_var"
    transfer = "s7comm.request_download s7comm.download_block s7comm.download_ended s7comm.start_upload"
    yield from (
        ("s7comm", f"s7comm.{theirs}", kinds, ours, how)
        for theirs, kinds, ours, how in (
            ("header.rosctr", "s7comm.", "ot.direction", one_of({"1": "request", "2": "response", "3": "response"})),
            (
                "param.userdata.type",
                "s7comm.",
                "ot.direction",
                one_of({"4": "request", "8": "response", "0": "unsolicited"}),
            ),
            ("header.pduref", "s7comm.", "ot.transaction_id", number),
            ("param.func", "s7comm.", "ot.function_code", number),
            ("param.userdata.funcgroup", "s7comm.", "ot.function_code", unmasked),
            ("param.userdata.subfunc", "s7comm.userdata", "s7comm.sub_function", number),
            ("param.pdu_length", "s7comm.", "s7comm.pdu_length", number),
            ("param.item.db", variables, "s7comm.db_number", number),
            ("param.item.address.byte", variables, "s7comm.byte_address", number),
            ("param.blockcontrol.filename", transfer, "s7comm.file", transferred),
            ("param.pistart.servicename", "s7comm.plc_", "s7comm.pi_service", printable),
        )
    )


def _rockwell() -> Iterator[Inner]:
    yield from (
        # Data packets are told by the CIP in them, and NOP is not told.
        ("enip", "enip.command", "enip.", "ot.function_code", but(0, 0x6F, 0x70)),
        ("enip", "enip.lir.vendor", "enip.list_identity_response", "cip.vendor_id", number),
        ("enip", "enip.lir.serial", "enip.list_identity_response", "cip.serial_number", number),
        ("enip", "enip.lir.name", "enip.list_identity_response", "cip.product_name", printable),
        # Of several services in one, and of one that is sent on, these are told.
        ("cip", "cip.sc", "cip.", "ot.function_code", but(0x0A, 0x52)),
        ("cipcm", "cip.sc", "cip.", "ot.function_code", but(0x0A, 0x52)),
        ("cip", "cip.symbol", "cip.", "cip.symbol", sent),
    )


def _web() -> Iterator[Inner]:
    hellos = "tls.client_hello tls.server_hello"
    yield from (
        # Acknowledgements and pings are not told.
        ("mqtt", "mqtt.msgtype", "mqtt.", "ot.function_code", but(4, 5, 6, 7, 9, 11, 12, 13)),
        ("mqtt", "mqtt.topic", "mqtt.", "mqtt.topic mqtt.topic_filter", printable),
        ("mqtt", "mqtt.clientid", "mqtt.connect", "mqtt.client_id", printable),
        ("http", "http.request.method", "http.request", "http.request.method", show),
        ("http", "http.host", "http.request", "url.domain", host),
        ("http", "http.request.uri", "http.request", "url.path", path),
        ("http", "http.response.code", "http.response", "http.response.status_code", number),
        ("http2", "http2.headers.method", "http.request", "http.request.method", show),
        ("http2", "http2.headers.authority", "http.request", "url.domain", host),
        ("http2", "http2.headers.path", "http.request", "url.path", path),
        ("http2", "http2.headers.status", "http.response", "http.response.status_code", number),
        ("tls", "tls.handshake.extensions_server_name", "tls.client_hello", "tls.client.server_name", printable),
        ("tls", "tls.handshake.extensions_alpn_str", hellos, "tls.client.alpn tls.next_protocol", printable),
        ("tls", "tls.handshake.ciphersuite", hellos, "tls.client.supported_ciphers tls.cipher", suite),
    )


ROWS = (*_applications(), *_ngap(), *_nas(), *_pfcp(), *_gtp(), *_gtpc(), *_sctp())


DECODED_AS = (
    # captures, and what tshark has to be told of them: HTTP/2 without TLS, and a client's port that is another's
    (r"^(?!.*testregistration)", ("-d", "tcp.port==7777,http2")),
    ("doc_free5gc", ("-d", "tcp.port==29502-29531,http2", "-d", "tcp.port==8000,http2")),
    ("coap_mqtt", ("-d", "tcp.port==17501,mqtt")),
    ("EIP-", ("--disable-protocol", "idmp")),
)


class Apart(NamedTuple):
    """The same values (`what` is a pattern over `protocol field`), ours fewer than so many frames after (1) or before
    (-1) tshark's."""

    captures: str
    what: str
    ours: int
    frames: int
    reason: str


APART = (
    Apart(
        "pcaps_s7_(step7|tia|wincc)",
        "s7comm.*",
        1,
        16,
        "segments are missing: we tell what follows when it is certain that these will not come",
    ),
    Apart(
        r"^(?!.*\.sbi\.)",
        r"http\.re.*",
        -1,
        600,
        "tshark tells a message of HTTP/1 when its body is whole, we when its head is",
    ),
)


class Explained(NamedTuple):
    """Differences of `what` (a pattern over `protocol message`, or over `protocol field value`) in `captures` (a
    pattern over the path)."""

    captures: str
    what: str
    reason: str


EXPLAINED = (
    Explained(
        "gre-(over-udp|pptp|aruba)|geneve|socks|ayiya",
        "(dns|http|tls).*",
        "tunnels of users outside of N3, which are not a mirror's: told as flows",
    ),
    Explained("pcap_iec60780-5-104", "iec104 .*", "junk in which tshark finds a start; to us it is iec104.malformed"),
    Explained("default_pcap_dnp3", "dnp3 .*", "TCP retransmissions, which tshark tells again"),
    Explained("non-standard-port", "opcua .*", "tshark knows OPC UA by its port, we by its first message"),
    Explained(
        "PCAPS_Core_(ns_)?full_start_one|5g-roaming-lbo",
        "(ngap|nas|tls|http).*",
        "a capture of all interfaces has packets twice, first with the checksum that a card was to fill in: we tell the second",
    ),
    Explained(
        "modbus_test_data_part1|tests_pcap_modbus",
        "modbus .*",
        "an ADU with octets behind it, and one in the next segment: we go on where that begins, tshark does not",
    ),
    Explained(
        "modbusBig", "modbus .*", "an answer that the mirror only showed when it was sent again: tshark passes over it"
    ),
    Explained(
        "s7comm_clean",
        r"s7comm ot\..*",
        "answers that the mirror showed behind their acknowledgement: tshark passes over them",
    ),
    Explained(
        "pcaps_s7_(step7|tia)",
        r"s7comm ot\.(direction response|function_code (129|132))",
        "the last segment, behind a hole, with nothing after it that says that the rest will not come: not told",
    ),
    Explained(
        "pcaps_s7_(step7|tia)",
        r"s7comm\.userdata s7comm\.sub_function 0",
        "a change of the operating mode: tshark has another field for it",
    ),
    Explained(
        "s7comm_synthetic", r"s7comm ot\.function_code 5", "an Ack without data, of which tshark reads no function"
    ),
    Explained(
        "coap_mqtt", "mqtt.*", "connections that began before the capture, on a port that is nobody's: known by CONNECT"
    ),
    Explained("sctp-www", "http.*", "HTTP over SCTP"),
    Explained(
        "Sample_of_HTTP2", "http.*", "HTTP/2 without its beginning, on a port that is nobody's: tshark reads none of it"
    ),
    Explained("one_packet", "http.*", "one frame of HTTP/2, without its beginning, on a port that is nobody's"),
    Explained(
        "_(srsenb|ipsec_reg|nonipsec_reg)",
        "(http|tls).*",
        "a capture of all interfaces has segments twice, inside of a tunnel and outside: tshark passes over the second",
    ),
    Explained("gtp1_gn_normal", "http.*", "a body that is never whole: tshark tells no head"),
    Explained(
        "dnp3_test_data_part1|Traces_dnp3_dnp3",
        r"dnp3 dnp3\.value .*",
        "more than 16 values, of which we keep as many",
    ),
    Explained("dnp3-max-points", r"dnp3 dnp3\.value 0", "65,535 points in a few octets: to us it is dnp3.malformed"),
    Explained("dnp3-eve", r"dnp3 dnp3\.value [012]", "points of two bits, of which tshark shows one"),
    Explained("p20001", "dnp3 .*", "tshark knows DNP3 by its port, we by its checksum"),
    Explained("opcua_with-gap", "opcua .*", "behind a gap tshark reads one message less"),
    Explained(
        "RequestLinkStatus|dnp3_link_only|dnp3_udp",
        r"dnp3 ot.function_code (9|11)",
        "functions of the link layer: tshark has another field for these",
    ),
    Explained(
        "ModbusTCP_mb2",
        "modbus .*",
        "segments that were lost and sent again: we tell a PDU where its octets first came",
    ),
    Explained(
        "docs_assets_pcapng_testregistration",
        "gtpu 255",
        "one G-PDU claims 2,096 octets in a datagram of 200: tshark reads on, to us it is gtpu.malformed",
    ),
    Explained(
        "doc_free5gc",
        r"nas (registration_accept|fiveg\..*)",
        "an early free5GC repeats the security header inside, without its MAC: to us it stays nas.protected",
    ),
    Explained("fuzz", "nas unknown_message", "types that TS 24.501 does not have: tshark shows no message type"),
    Explained("s15_ngap_malformed", r"ngap fiveg\.ngap\.procedure_code .*", "junk: tshark reads nothing, we its head"),
    Explained(
        "/secdev__scapy/|/ntop__nDPI/",
        r"pfcp fiveg\..*",
        "IEs with random octets: some are where the standard has none, or more often than it allows; we keep one value",
    ),
    Explained(
        ".",
        r"pfcp fiveg\.pfcp\.recovery_time 2085978496",
        "a time stamp of 0: tshark says that it is none, to us it is the start of the second era of NTP",
    ),
    Explained(
        "ngap-qos-flow-validation",
        r"nas fiveg\.pdu_session\.ue_ip .*",
        "tshark has one field for the address of the terminal and for those of packet filters",
    ),
    Explained(
        "007b-fuzz",
        r"nas fiveg\.(nas\.identity_type|pei) .*",
        "an identity inside a damaged IE: tshark reads on, to us the message is nas.malformed",
    ),
    Explained(
        "UERANSIM-Handover",
        r"ngap .*",
        "what the source gNB tells the target in a transparent container: not the AMF's, and not read by us",
    ),
    Explained("doc_free5gc", r"pfcp fiveg\.pfcp\.network_instance .*", "a name without its length, and one of a NUL"),
    Explained(
        ".",
        r"pfcp .* [0-9a-f]*:[0-9a-f:]+",
        "IPv6 addresses: tshark has other fields for these",
    ),
    Explained(
        ".", r"sctp\.init fiveg\.sctp\..*", "INIT ACK to another port than those of N2 and Xn: INIT alone is told there"
    ),
    Explained("pfcp-qfi-validation", r"pfcp fiveg\.pfcp\.urr\.volume_threshold .*", "a threshold of uplink alone"),
    Explained(
        "gtp_prime|false_positive", r"gtpc fiveg\.gtpc\.message_type .*", "GTP' is another protocol to tshark; not GTP"
    ),
)
