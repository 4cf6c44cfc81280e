"""Fields of DNP3, IEEE 1815."""

FIELDS = (
    ("dnp3.source", "long", "link address of who sends", "DNP3 源地址"),
    ("dnp3.destination", "long", "link address of who receives", "DNP3 目的地址"),
    ("dnp3.from_master", "boolean", "the frame says that a master sent it", "DNP3 由主站发出"),
    ("dnp3.object", "keyword[]", "groups and variations, such as g12v1, at most 16", "DNP3 对象"),
    (
        "dnp3.value",
        "double[]",
        "values written or reported, as numbers, where all of them are; at most 16",
        "DNP3 数值",
    ),
    ("dnp3.objects_not_read", "boolean", "objects follow whose length is not known", "DNP3 未解析对象"),
    ("dnp3.iin", "keyword[]", "internal indications that are set, such as device_restart", "DNP3 内部指示"),
    ("dnp3.answers", "keyword", "function that a response answers", "DNP3 所应答的功能"),
    (
        "dnp3.mismatch",
        "keyword",
        "why a response does not fit a request: no_request, repeated or contradicting",
        "DNP3 应答异常",
    ),
    ("dnp3.file_name", "keyword", "file that is opened, deleted or described", "DNP3 文件名"),
    ("dnp3.file_mode", "keyword", "how a file is opened: read, write, append or delete", "DNP3 文件打开方式"),
)
