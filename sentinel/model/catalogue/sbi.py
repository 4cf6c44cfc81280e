"""Fields of the service-based interface: beside those of HTTP, what a request is in the 5G core."""

FIELDS = (
    ("fiveg.sbi.service", "keyword", "service, such as nnrf-disc; also beside the response", "SBI 服务"),
    ("fiveg.sbi.version", "keyword", "version of the service's API, such as v1", "SBI 接口版本"),
    ("fiveg.sbi.resource", "keyword", "last part of the path that names no single thing, such as am-data", "SBI 资源"),
    ("fiveg.sbi.operation", "keyword", "operation, such as NFDiscover; also beside the response", "SBI 操作"),
    ("fiveg.sbi.nf_type_src", "keyword", "NF type of who asks, as it says itself", "请求方网元类型"),
    ("fiveg.sbi.nf_type_dst", "keyword", "NF type of who offers the service", "服务方网元类型"),
    ("fiveg.sbi.requester_nf_type", "keyword", "NF type for which a discovery is made", "发现请求方网元类型"),
    ("fiveg.sbi.target_nf_type", "keyword", "NF type that a discovery looks for", "发现目标网元类型"),
    ("fiveg.sbi.supi", "keyword", "SUPI or SUCI in the path, as it stands there", "路径中的用户标识"),
)
