"""Fields that industrial protocols share. Each adds its own in a file of its own."""

FIELDS = (
    ("ot.function", "keyword", "function or service, by its standard's name in snake case", "工控功能"),
    ("ot.function_code", "long", "function or service code", "工控功能码"),
    (
        "ot.operation",
        "keyword",
        "read, write, control, program, mode, diagnose, discover, session or report",
        "工控操作类别",
    ),
    ("ot.direction", "keyword", "request, response or unsolicited", "请求或响应"),
    ("ot.unit_id", "long", "unit, station or slave addressed", "单元标识"),
    (
        "ot.register",
        "keyword[]",
        "registers, points, tags, nodes or areas addressed, as the protocol writes them",
        "寄存器/点位",
    ),
    ("ot.count", "long", "how many registers or points from there", "数量"),
    ("ot.value", "keyword[]", "values written or reported, at most 16", "数值"),
    ("ot.status", "keyword", "success, or the error's name", "响应状态"),
    ("ot.transaction_id", "long", "what ties a response to its request", "事务标识"),
)
