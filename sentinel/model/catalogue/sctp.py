"""SCTP events, RFC 9260: what an association announces and how it ends."""

FIELDS = (
    ("fiveg.sctp.outbound_streams", "long", "outbound streams that INIT or INIT ACK asks for", "SCTP 出向流数"),
    ("fiveg.sctp.inbound_streams", "long", "inbound streams that it allows", "SCTP 入向流数"),
    ("fiveg.sctp.a_rwnd", "long", "advertised receiver window credit", "SCTP 接收窗口"),
    ("fiveg.sctp.address", "ip[]", "addresses that the sender has beside the one it sends from", "SCTP 多归属地址"),
    ("fiveg.sctp.removed_address", "ip[]", "addresses that ASCONF takes away (RFC 5061)", "SCTP 移除地址"),
    ("fiveg.sctp.cause", "long[]", "error causes of ABORT and ERROR", "SCTP 错误原因值"),
    ("fiveg.sctp.cause_name", "keyword[]", "error causes, where they are known", "SCTP 错误原因"),
)
