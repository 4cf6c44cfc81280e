"""GTP control messages: GTP-C (TS 29.060, TS 29.274), GTP' (TS 32.295), extension headers of GTP-U (TS 29.281)."""

FIELDS = (
    ("fiveg.gtpc.version", "long", "GTP version: 0, 1 or 2; 0 for GTP' too", "GTP 版本"),
    ("fiveg.gtpc.message_type", "long", "GTP-C or GTP' message type", "GTP-C 消息类型码"),
    ("fiveg.gtpc.teid", "keyword", "TEID of a control plane message", "GTP-C TEID"),
    ("fiveg.gtpc.sequence", "long", "sequence number", "GTP-C 序号"),
    (
        "fiveg.gtpu.extension_headers",
        "long[]",
        "types of the first four extension headers, in their order",
        "GTP-U 扩展头类型",
    ),
    (
        "fiveg.gtpu.extension_count",
        "long",
        "how many extension headers there are, where more than one",
        "GTP-U 扩展头数量",
    ),
    ("fiveg.gtpu.ppi", "long", "paging policy indicator of the PDU Session Container", "寻呼策略指示"),
    ("fiveg.gtpu.rqi", "boolean", "reflective QoS is indicated", "反射式 QoS 指示"),
)
