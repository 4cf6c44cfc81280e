"""Fields of OPC UA; nodes are `ot.register` in the standard's notation, a result is `ot.status`."""

FIELDS = (
    ("opcua.endpoint_url", "keyword", "endpoint asked for", "端点地址"),
    ("opcua.server_uri", "keyword", "server that calls in reverse", "服务器标识"),
    ("opcua.secure_channel_id", "long", "secure channel", "安全通道标识"),
    ("opcua.security_policy", "keyword", "URI of the security policy", "安全策略"),
    ("opcua.security_mode", "keyword", "none, sign or sign_and_encrypt, where it is not encrypted", "安全模式"),
    ("opcua.certificate_present", "boolean", "whether the sender gives a certificate", "是否携带证书"),
    ("opcua.renew", "boolean", "whether the channel is renewed", "是否续订通道"),
    ("opcua.application_uri", "keyword", "client application that made the session", "客户端应用标识"),
    ("opcua.product_uri", "keyword", "product of the client", "产品标识"),
    ("opcua.application_name", "keyword", "name of the client", "应用名称"),
    ("opcua.session_name", "keyword", "name of the session", "会话名称"),
    ("opcua.user_token", "keyword", "anonymous, user_name, certificate or issued", "用户令牌类型"),
    ("opcua.password_in_clear", "boolean", "whether a password was sent without encryption", "口令是否明文"),
    ("opcua.method", "keyword[]", "methods called, at most 16", "调用的方法"),
    (
        "opcua.value",
        "double[]",
        "values written or reported, as numbers, where all of them are; at most 16",
        "OPC UA 数值",
    ),
    ("opcua.attribute_id", "long[]", "attributes written, 13 is the value", "写入的属性"),
    ("opcua.reason", "keyword", "reason of an error, as its sender words it", "错误原因"),
)
