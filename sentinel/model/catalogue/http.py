"""Fields of HTTP/1 and HTTP/2. Secrets are not told: of a query the names of its parameters, of cookies nothing."""

FIELDS = (
    ("http.version", "keyword", "1.0, 1.1 or 2", "HTTP 版本"),
    ("http.request.method", "keyword", "method of the request, also beside its response", "HTTP 方法"),
    ("http.request.body.bytes", "long", "octets of the request's body, where the head says", "HTTP 请求体字节数"),
    ("http.request.content_type", "keyword", "Content-Type of the request", "HTTP 请求内容类型"),
    ("http.request.auth_scheme", "keyword", "scheme of the Authorization, such as Basic or Bearer", "HTTP 认证方案"),
    ("http.response.status_code", "long", "status of the response", "HTTP 状态码"),
    ("http.response.body.bytes", "long", "octets of the response's body, where the head says", "HTTP 响应体字节数"),
    ("http.response.content_type", "keyword", "Content-Type of the response", "HTTP 响应内容类型"),
    ("url.domain", "keyword", "host asked for, in lower case", "目标主机"),
    ("url.port", "long", "port asked for, where the host has one", "目标端口"),
    ("url.path", "keyword", "path of the request, also beside its response", "请求路径"),
    ("url.query", "keyword", "names of the query's parameters, the values replaced by *", "查询参数名"),
    ("user_agent.original", "keyword", "User-Agent", "用户代理"),
)
