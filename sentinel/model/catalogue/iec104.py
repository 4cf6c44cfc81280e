"""Fields of IEC 60870-5-104."""

FIELDS = (
    ("iec104.type", "keyword", "type of the ASDU, such as C_SC_NA_1", "IEC104 类型标识"),
    ("iec104.cause", "keyword", "cause of transmission, such as activation or spontaneous", "IEC104 传送原因"),
    ("iec104.cause_code", "long", "cause of transmission, number", "IEC104 传送原因码"),
    ("iec104.originator", "long", "originator address", "IEC104 源发站地址"),
    ("iec104.test", "boolean", "only a test", "IEC104 测试位"),
    ("iec104.object_address", "long[]", "information object addresses, at most 16", "IEC104 信息对象地址"),
    (
        "iec104.value",
        "double[]",
        "values written or reported, as numbers, where all of them are; at most 16",
        "IEC104 数值",
    ),
    (
        "iec104.quality",
        "keyword[]",
        "what any of the objects says of its quality: invalid, not_topical, substituted, blocked or overflow",
        "IEC104 品质描述",
    ),
    ("iec104.select", "boolean", "a command selects only, and does not execute", "IEC104 选择/执行"),
    ("iec104.qualifier", "long", "qualifier of a command, an interrogation or a reset", "IEC104 限定词"),
    ("iec104.send_sequence", "long", "send sequence number N(S)", "IEC104 发送序号"),
    ("iec104.receive_sequence", "long", "receive sequence number N(R)", "IEC104 接收序号"),
    (
        "iec104.mismatch",
        "keyword",
        "sequence: N(S) is not the next; no_request, repeated or contradicting: a confirmation that does not fit",
        "IEC104 序号或应答异常",
    ),
    ("iec104.trailing_octets", "long", "octets after the last object", "IEC104 多余字节"),
)
