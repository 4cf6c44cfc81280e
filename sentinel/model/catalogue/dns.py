"""Fields of DNS, mDNS and LLMNR. Names are in lower case; the root is a dot."""

FIELDS = (
    ("dns.id", "keyword", "what ties a response to its query, decimal", "DNS 事务标识"),
    ("dns.op_code", "keyword", "QUERY, STATUS, NOTIFY, UPDATE …", "DNS 操作码"),
    ("dns.header_flags", "keyword[]", "AA, TC, RD, RA, AD, CD, DO", "DNS 头部标志"),
    ("dns.response_code", "keyword", "NOERROR, NXDOMAIN, SERVFAIL, REFUSED …", "DNS 响应码"),
    ("dns.question.name", "keyword[]", "names asked for, at most 8", "查询域名"),
    ("dns.question.type", "keyword[]", "A, AAAA, TXT, NULL …, aligned", "查询类型"),
    ("dns.question.class", "keyword[]", "IN, CH …, aligned", "查询类"),
    ("dns.answers.name", "keyword[]", "names of the answers, at most 16", "应答域名"),
    ("dns.answers.type", "keyword[]", "types of the answers, aligned", "应答类型"),
    ("dns.answers.ttl", "long[]", "seconds that the answers may be kept, aligned", "应答生存时间（秒）"),
    ("dns.answers.data", "keyword[]", "the answers, as zone files write them, aligned", "应答数据"),
    ("dns.resolved_ip", "ip[]", "addresses among the answers", "解析地址"),
)
