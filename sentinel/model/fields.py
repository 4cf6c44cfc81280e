"""The field catalogue: every name an Event may carry, its type and meaning.

Base: ECS 9.4 (github.com/elastic/ecs) plus our `fiveg.*`. Inner user flow in `source`/`destination`, the tunnel in
`fiveg.gtpu.outer`. State declares the facts it adds beside the code that knows them; `sentinel.state.FACTS` has those.

Representation: TEIDs are `0x` and 8 hex digits, SEIDs `0x` and 16, NR cell identities `0x` and 9 (36 bits); NGAP ids,
gNB ids and TACs are decimal text; a PLMN is MCC and MNC in digits; SUPI, PEI and GPSI are digits without a prefix.
Where a message carries several of a thing, the value is a tuple; names marked "aligned" keep the same order, and an
absent element is an empty string there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pkgutil import iter_modules

from sentinel.model import catalogue


class FieldType(StrEnum):
    """How a field is stored and compared."""

    KEYWORD = "keyword"
    LONG = "long"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field's type, whether it may hold several values, and its meaning in English and Chinese."""

    type: FieldType
    en: str
    zh: str
    many: bool = False


def _spec(kind: str, en: str, zh: str) -> FieldSpec:
    return FieldSpec(FieldType(kind.removesuffix("[]")), en, zh, many=kind.endswith("[]"))


def _applications() -> Iterator[tuple[str, str, str, str]]:
    """Rows of every file in `catalogue/`: one for each application protocol."""
    for module in iter_modules(catalogue.__path__):
        yield from import_module(f"{catalogue.__name__}.{module.name}").FIELDS


_K, _L, _B, _I = "keyword", "long", "boolean", "ip"

CATALOGUE: dict[str, FieldSpec] = {
    name: _spec(kind, en, zh)
    for name, kind, en, zh in (
        # ECS
        ("event.action", _K, "event kind, <protocol>.<message>", "事件类型"),
        ("source.ip", _I, "source address (of the inner flow in a tunnel)", "源地址"),
        ("source.port", _L, "source port", "源端口"),
        ("destination.ip", _I, "destination address (of the inner flow in a tunnel)", "目的地址"),
        ("destination.port", _L, "destination port", "目的端口"),
        ("network.type", _K, "ipv4 or ipv6", "网络层类型"),
        ("network.transport", _K, "sctp, tcp, udp, icmp, ipv6-icmp or the IP protocol number", "传输层协议"),
        ("network.protocol", _K, "application protocol, where it is known", "应用协议"),
        ("network.bytes", _L, "octets of the inner packets, both directions", "字节数"),
        ("network.packets", _L, "packets, both directions", "包数"),
        ("source.bytes", _L, "octets sent by the source", "源发送字节数"),
        ("source.packets", _L, "packets sent by the source", "源发送包数"),
        ("destination.bytes", _L, "octets sent by the destination", "目的发送字节数"),
        ("destination.packets", _L, "packets sent by the destination", "目的发送包数"),
        ("event.duration", _L, "nanoseconds from first to last packet", "持续时间（纳秒）"),
        ("network.vlan.id", _L, "outermost VLAN", "VLAN 标识"),
        ("source.mac", _K, "source hardware address, 00-00-5E-00-53-23", "源 MAC 地址"),
        ("destination.mac", _K, "destination hardware address", "目的 MAC 地址"),
        ("user.name", _K, "user named at log-in", "用户名"),
        ("tcp.flags", _K, "TCP flags of the first packet, as letters such as S or SA", "TCP 标志"),
        ("tcp.doubt", _K, "why its receiver may drop a segment: checksum, ttl, no_ack, sequence", "TCP 报文段存疑原因"),
        ("tcp.sequence", _L, "sequence number that an event is about", "TCP 序列号"),
        ("tcp.earlier_payload", _K, "first 64 octets of the earlier copy, from where they differ", "先前副本内容"),
        ("icmp.type", _L, "ICMP type", "ICMP 类型"),
        ("icmp.code", _L, "ICMP code", "ICMP 代码"),
        ("error.message", _K, "what went wrong", "错误信息"),
        ("observer.ingress.interface.name", _K, "interface of the monitor that an event is about", "监测接口"),
        ("observer.name", _K, "collector that an event is about", "采集器"),
        # malformed input, any protocol
        ("fiveg.malformed.reason", _K, "why it could not be decoded", "解码失败原因"),
        (
            "fiveg.malformed.offset",
            _L,
            "octet at which decoding stopped, from 0 at the protocol's own header",
            "出错偏移",
        ),
        ("fiveg.payload.length", _L, "octets of the payload", "负载长度"),
        ("fiveg.payload.head", _K, "first octets of the payload in hex, at most 64", "负载首部（十六进制）"),
        # SCTP
        ("fiveg.sctp.vtag", _K, "verification tag, 0x and 8 hex digits", "SCTP 验证标签"),
        ("fiveg.sctp.ppid", _L, "payload protocol identifier (60 is NGAP)", "SCTP 负载协议标识"),
        ("fiveg.sctp.stream", _L, "stream identifier", "SCTP 流标识"),
        ("fiveg.sctp.tsn", _L, "transmission sequence number", "SCTP 传输序号"),
        # place and identity
        ("fiveg.supi", _K, "subscription permanent identifier, digits of the IMSI", "用户永久标识 SUPI"),
        ("fiveg.pei", _K, "permanent equipment identifier, digits of the IMEI or IMEISV", "设备永久标识 PEI"),
        ("fiveg.gpsi", _K, "public subscription identifier, digits of the MSISDN", "公共用户标识 GPSI"),
        (
            "fiveg.suci",
            _K,
            "concealed identifier: suci-<type>-<mcc>-<mnc>-<routing>-<scheme>-<key id>-<output>",
            "用户隐藏标识 SUCI",
        ),
        ("fiveg.suci.scheme", _L, "protection scheme: 0 null, 1 profile A, 2 profile B", "SUCI 保护方案"),
        ("fiveg.guti", _K, "5G-GUTI: <plmn>-<amf region>-<set>-<pointer>-<5G-TMSI hex>", "5G-GUTI"),
        ("fiveg.tmsi", _K, "5G-TMSI, 0x and 8 hex digits", "5G-TMSI"),
        ("fiveg.plmn", "keyword[]", "PLMN, MCC and MNC digits", "PLMN"),
        ("fiveg.tac", "keyword[]", "tracking area code, decimal", "跟踪区 TAC"),
        ("fiveg.nci", _K, "NR cell identity", "NR 小区标识"),
        ("fiveg.gnb.id", _K, "gNB id, decimal", "基站标识"),
        ("fiveg.gnb.name", _K, "RAN node name", "基站名称"),
        ("fiveg.gnb.plmn", _K, "PLMN of the RAN node id, MCC and MNC digits", "基站所属 PLMN"),
        ("fiveg.amf.name", _K, "AMF name", "AMF 名称"),
        ("fiveg.amf.guami", "keyword[]", "GUAMI: <plmn>-<amf region>-<set>-<pointer>", "GUAMI"),
        ("fiveg.dnn", _K, "data network name", "数据网络名 DNN"),
        ("fiveg.snssai.sst", "long[]", "slice/service type", "切片类型 SST"),
        ("fiveg.snssai.sd", "keyword[]", "slice differentiator, 6 hex digits, aligned with sst", "切片区分 SD"),
        # NGAP
        ("fiveg.ngap.procedure", _K, "NGAP procedure", "NGAP 过程"),
        ("fiveg.ngap.procedure_code", _L, "NGAP procedure code", "NGAP 过程码"),
        ("fiveg.ngap.message", _K, "NGAP message", "NGAP 消息"),
        ("fiveg.ngap.pdu_type", _K, "initiating_message, successful_outcome or unsuccessful_outcome", "NGAP PDU 类型"),
        ("fiveg.ngap.criticality", _K, "reject, ignore or notify", "NGAP 关键性"),
        ("fiveg.ngap.cause", _K, "<group>.<cause>, such as protocol.transfer_syntax_error", "NGAP 原因"),
        ("fiveg.ngap.ie_errors", _L, "IEs that could not be decoded", "解码失败信元数"),
        ("fiveg.ngap.missing_ies", "keyword[]", "mandatory IEs that are missing", "缺失的必选信元"),
        (
            "fiveg.ngap.repeated_ies",
            "keyword[]",
            "IEs that the message has twice; the first one was read",
            "重复的信元",
        ),
        ("fiveg.ngap.trailing_octets", _L, "octets after the PDU", "PDU 后多余字节"),
        ("fiveg.amf_ue_ngap_id", _K, "AMF UE NGAP id, decimal", "AMF UE NGAP 标识"),
        ("fiveg.ran_ue_ngap_id", _K, "RAN UE NGAP id, decimal", "RAN UE NGAP 标识"),
        ("fiveg.ngap.ul.teid", "keyword[]", "UPF side of the N3 tunnel, aligned with session ids", "上行隧道 TEID"),
        ("fiveg.ngap.ul.address", "ip[]", "UPF side of the N3 tunnel, aligned", "上行隧道地址"),
        ("fiveg.ngap.dl.teid", "keyword[]", "gNB side of the N3 tunnel, aligned with session ids", "下行隧道 TEID"),
        ("fiveg.ngap.dl.address", "ip[]", "gNB side of the N3 tunnel, aligned", "下行隧道地址"),
        ("fiveg.ngap.rrc_establishment_cause", _K, "RRC establishment cause", "RRC 建立原因"),
        (
            "fiveg.ngap.up_integrity",
            "keyword[]",
            "user plane integrity, aligned: required, preferred, not_needed",
            "用户面完整性保护",
        ),
        (
            "fiveg.ngap.up_confidentiality",
            "keyword[]",
            "user plane ciphering, aligned, same values",
            "用户面机密性保护",
        ),
        ("fiveg.ngap.masked_imeisv", _K, "masked IMEISV, 0x and 16 hex digits", "掩码 IMEISV"),
        ("fiveg.ngap.target_gnb_id", _K, "target of a handover: gNB id, decimal", "切换目标基站标识"),
        ("fiveg.ngap.target_tac", _K, "target of a handover: TAC, decimal", "切换目标 TAC"),
        ("fiveg.ngap.reset_type", _K, "ng_interface or part_of_ng_interface", "NG 重置类型"),
        (
            "fiveg.ngap.reset.amf_ue_ngap_id",
            "keyword[]",
            "connections that are reset: AMF side, decimal",
            "被重置的 AMF UE NGAP 标识",
        ),
        (
            "fiveg.ngap.reset.ran_ue_ngap_id",
            "keyword[]",
            "connections that are reset: RAN side, aligned",
            "被重置的 RAN UE NGAP 标识",
        ),
        # NAS
        ("fiveg.nas.type", _K, "NAS message", "NAS 消息"),
        ("fiveg.nas.message_type", _L, "message type octet, of a message that could not be decoded", "NAS 消息类型码"),
        (
            "fiveg.nas.epd",
            _L,
            "extended protocol discriminator, of a message that could not be decoded",
            "扩展协议鉴别符",
        ),
        (
            "fiveg.nas.contained",
            _B,
            "the full initial message inside another: do not count it again",
            "内嵌的初始 NAS 消息",
        ),
        ("fiveg.nas.security_header", _L, "security header type, 0 is plain", "NAS 安全头类型"),
        ("fiveg.nas.sequence", _L, "NAS sequence number", "NAS 序号"),
        ("fiveg.nas.mac", _K, "message authentication code, 8 hex digits", "NAS 消息认证码"),
        ("fiveg.nas.ciphered", _B, "the inner message cannot be read", "NAS 已加密"),
        ("fiveg.nas.cause", _L, "5GMM or 5GSM cause number", "NAS 原因值"),
        ("fiveg.nas.cause_name", _K, "5GMM or 5GSM cause", "NAS 原因"),
        ("fiveg.nas.cipher", _K, "selected ciphering algorithm, NEA0 to NEA7", "NAS 加密算法"),
        ("fiveg.nas.integrity", _K, "selected integrity algorithm, NIA0 to NIA7", "NAS 完整性算法"),
        ("fiveg.nas.identity_type", _K, "suci, guti, imei, imeisv, s_tmsi, no_identity", "身份类型"),
        ("fiveg.nas.registration_type", _K, "initial, mobility, periodic, emergency …", "注册类型"),
        (
            "fiveg.nas.request_type",
            _K,
            "initial_request, existing_pdu_session, initial_emergency_request …",
            "会话请求类型",
        ),
        ("fiveg.nas.switch_off", _B, "the terminal deregisters because it is switched off", "关机去注册"),
        ("fiveg.nas.ue_nea", "keyword[]", "ciphering algorithms the terminal supports", "终端支持的加密算法"),
        ("fiveg.nas.ue_nia", "keyword[]", "integrity algorithms the terminal supports", "终端支持的完整性算法"),
        ("fiveg.pdu_session.id", "long[]", "PDU session id", "PDU 会话标识"),
        ("fiveg.pdu_session.type", "keyword[]", "ipv4, ipv6, ipv4v6, unstructured or ethernet", "PDU 会话类型"),
        ("fiveg.pdu_session.ue_ip", "ip[]", "address of the terminal", "终端地址"),
        ("fiveg.pdu_session.failed_id", "long[]", "PDU sessions that are refused or dropped", "失败的 PDU 会话标识"),
        ("fiveg.pdu_session.qfi", "long[]", "QoS flows of the sessions", "会话 QoS 流标识"),
        ("fiveg.pdu_session.framed_route", "keyword[]", "networks behind the terminal", "终端后方路由"),
        # PFCP
        ("fiveg.pfcp.message", _K, "PFCP message", "PFCP 消息"),
        ("fiveg.pfcp.message_type", _L, "PFCP message type", "PFCP 消息类型码"),
        ("fiveg.pfcp.sequence", _L, "sequence number", "PFCP 序号"),
        ("fiveg.pfcp.priority", _L, "message priority", "PFCP 消息优先级"),
        ("fiveg.pfcp.trailing_octets", _L, "octets after the last message of the datagram", "PFCP 消息后多余字节"),
        ("fiveg.pfcp.seid", _K, "SEID in the header: the receiver's", "PFCP 头部 SEID"),
        ("fiveg.pfcp.f_seid.seid", _K, "SEID in the F-SEID: the sender's own", "F-SEID 的 SEID"),
        ("fiveg.pfcp.f_seid.address", _I, "address in the F-SEID", "F-SEID 的地址"),
        ("fiveg.pfcp.node_id", _K, "node id: address or FQDN", "PFCP 节点标识"),
        ("fiveg.pfcp.cause", _L, "cause number (1 is accepted)", "PFCP 原因值"),
        ("fiveg.pfcp.cause_name", _K, "cause", "PFCP 原因"),
        ("fiveg.pfcp.offending_ie", _L, "IE type that the cause is about", "出错信元类型"),
        ("fiveg.pfcp.report_type", "keyword[]", "dldr, usar, erir, upir …", "会话报告类型"),
        ("fiveg.pfcp.recovery_time", _L, "recovery time stamp, seconds since the epoch", "恢复时间戳"),
        ("fiveg.pfcp.pdr.id", "long[]", "packet detection rules", "PDR 标识"),
        ("fiveg.pfcp.pdr.source_interface", "keyword[]", "access, core, cp_function …, aligned", "PDR 源接口"),
        ("fiveg.pfcp.f_teid.teid", "keyword[]", "local F-TEIDs: TEID", "F-TEID 的 TEID"),
        ("fiveg.pfcp.f_teid.address", "ip[]", "local F-TEIDs: address, aligned", "F-TEID 的地址"),
        ("fiveg.pfcp.f_teid.choose", _B, "the UPF is asked to choose the F-TEID", "由 UPF 分配 F-TEID"),
        ("fiveg.pfcp.far.id", "long[]", "forwarding action rules", "FAR 标识"),
        ("fiveg.pfcp.far.apply_action", "keyword[]", "drop, forw, buff, nocp, dupl …, of all FARs", "FAR 动作"),
        (
            "fiveg.pfcp.far.destination_interface",
            "keyword[]",
            "access, core, li_function …, aligned with far.id",
            "FAR 目的接口",
        ),
        ("fiveg.pfcp.redirect_address", _K, "address or URL that traffic is redirected to", "重定向地址"),
        ("fiveg.pfcp.outer_header.teid", "keyword[]", "outer header creation: TEID", "外层头 TEID"),
        ("fiveg.pfcp.outer_header.address", "ip[]", "outer header creation: address, aligned", "外层头地址"),
        ("fiveg.pfcp.network_instance", "keyword[]", "network instances", "网络实例"),
        # GTP-U and the flows inside
        ("fiveg.gtpu.message_type", _L, "GTP-U message type", "GTP-U 消息类型码"),
        ("fiveg.gtpu.teid", _K, "TEID of the tunnel in which the first packet was seen", "TEID"),
        ("fiveg.gtpu.reverse_teid", _K, "TEID of the other direction, where it was seen", "反向 TEID"),
        ("fiveg.gtpu.qfi", _L, "QoS flow identifier", "QFI"),
        ("fiveg.gtpu.pdu_type", _K, "dl or ul, from the PDU Session Container", "PDU 会话容器类型"),
        ("fiveg.gtpu.outer.source.ip", _I, "outer source address", "外层源地址"),
        ("fiveg.gtpu.outer.source.port", _L, "outer source port", "外层源端口"),
        ("fiveg.gtpu.outer.destination.ip", _I, "outer destination address", "外层目的地址"),
        ("fiveg.gtpu.outer.destination.port", _L, "outer destination port", "外层目的端口"),
        ("fiveg.gtpu.peer", _I, "peer address in an error indication", "错误指示中的对端地址"),
        ("fiveg.gtpu.restart_counter", _L, "restart counter of a recovery element", "重启计数"),
        ("fiveg.gtpu.inner_message_type", _L, "GTP message type found inside a user packet", "内层 GTP 消息类型"),
        ("fiveg.gtpu.inner_message", _K, "NGAP message found inside a user packet", "内层 NGAP 消息"),
        ("fiveg.gtpu.inner_teid", _K, "TEID found inside a user packet", "内层 TEID"),
        (
            "fiveg.gtpu.teid_samples",
            "keyword[]",
            "some of the TEIDs that were not told one by one, at most 8",
            "TEID 样本",
        ),
        (
            "fiveg.flow.destination_samples",
            "keyword[]",
            "some of the destinations (address and port) that were not told one by one, at most 8",
            "目的样本",
        ),
        ("fiveg.flow.end_reason", _K, "closed, idle, evicted or end_of_input", "流结束原因"),
        # what detection says of an alert
        ("fiveg.alert.entities", _L, "entities that share an alert, at least", "共用一条告警的对象数（至少）"),
        ("fiveg.alert.examples", "keyword[]", "some of the entities that share an alert", "共用一条告警的对象示例"),
        ("fiveg.alert.confidence", _K, "unconfirmed: the mirror was blind", "可信度：镜像失明期间为 unconfirmed"),
        # the monitor itself
        ("fiveg.monitor.table", _K, "table that reached its cap", "达到上限的表"),
        ("fiveg.monitor.alert", _K, "alert whose packets were asked of a collector", "所取报文对应的告警"),
        ("file.hash.sha256", _K, "SHA-256 of a file", "文件的 SHA-256"),
        ("fiveg.monitor.kind", _K, "kind of the messages that were counted, not told", "仅计数的消息类型"),
        ("fiveg.monitor.count", _L, "things aggregated in this event", "聚合数量"),
        *_applications(),
    )
}
