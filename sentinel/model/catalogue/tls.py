"""Fields of TLS. ECS has no JA4 yet; `self_signed` and what a client offers are ours too."""

FIELDS = (
    ("tls.version", "keyword", "version the server chose: 1.0, 1.2, 1.3 …", "TLS 版本"),
    ("tls.cipher", "keyword", "cipher suite the server chose, by IANA's name or 0x and 4 hex digits", "TLS 密码套件"),
    ("tls.next_protocol", "keyword", "application protocol the server chose, where it is in clear", "TLS 应用协议"),
    ("tls.client.server_name", "keyword", "server name asked for (SNI), in lower case", "TLS 服务器名（SNI）"),
    ("tls.client.supported_versions", "keyword[]", "versions offered", "客户端支持的 TLS 版本"),
    ("tls.client.supported_ciphers", "keyword[]", "cipher suites offered, at most 64", "客户端支持的密码套件"),
    ("tls.client.alpn", "keyword[]", "application protocols offered", "客户端应用协议"),
    ("tls.client.ja4", "keyword", "JA4 fingerprint of the client", "JA4 指纹"),
    *(
        row
        for side, zh in (("client", "客户端"), ("server", "服务器"))
        for row in (
            (f"tls.{side}.subject", "keyword", f"subject of the {side}'s certificate", f"{zh}证书主题"),
            (f"tls.{side}.issuer", "keyword", f"issuer of the {side}'s certificate", f"{zh}证书颁发者"),
            (f"tls.{side}.not_before", "keyword", "good from, ISO 8601 in UTC", f"{zh}证书生效时间"),
            (f"tls.{side}.not_after", "keyword", "good until, ISO 8601 in UTC", f"{zh}证书失效时间"),
            (f"tls.{side}.hash.sha256", "keyword", f"SHA-256 of the {side}'s certificate, in hex", f"{zh}证书 SHA-256"),
            (
                f"tls.{side}.x509.alternative_names",
                "keyword[]",
                "names and addresses the certificate is for, at most 16",
                f"{zh}证书备用名称",
            ),
            (f"tls.{side}.self_signed", "boolean", "the issuer is the subject", f"{zh}证书自签名"),
        )
    ),
    ("tls.alert.level", "keyword", "warning or fatal", "TLS 告警级别"),
    ("tls.alert.description", "keyword", "what the alert is about, such as handshake_failure", "TLS 告警描述"),
)
