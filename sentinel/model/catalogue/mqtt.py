"""Fields of MQTT. A password is never among them, only that there was one."""

FIELDS = (
    ("mqtt.version", "keyword", "3.1, 3.1.1 or 5.0", "MQTT 版本"),
    ("mqtt.client_id", "keyword", "client that the connection belongs to", "MQTT 客户端标识"),
    ("mqtt.clean_session", "boolean", "whether the session starts anew", "是否清除会话"),
    ("mqtt.keep_alive", "long", "seconds that the client may be silent", "保活时间（秒）"),
    ("mqtt.user_name_present", "boolean", "whether CONNECT has a user name", "是否携带用户名"),
    ("mqtt.password_present", "boolean", "whether CONNECT has a password", "是否携带口令"),
    ("mqtt.authentication_method", "keyword", "extended authentication of version 5.0", "扩展认证方法"),
    ("mqtt.will_topic", "keyword", "topic of the will", "遗嘱主题"),
    ("mqtt.will_qos", "long", "quality of service of the will", "遗嘱服务质量"),
    ("mqtt.will_retain", "boolean", "whether the will is retained", "遗嘱是否保留"),
    ("mqtt.session_present", "boolean", "whether the broker had the session", "代理是否已有会话"),
    ("mqtt.reason_code", "long", "return code or reason code", "MQTT 返回码"),
    ("mqtt.topic", "keyword", "topic published to", "MQTT 主题"),
    ("mqtt.topic_filter", "keyword[]", "topic filters, at most 16", "订阅主题过滤器"),
    ("mqtt.qos", "long", "quality of service", "服务质量等级"),
    ("mqtt.retain", "boolean", "whether the broker keeps the message", "是否保留消息"),
    ("mqtt.dup", "boolean", "whether it is sent again", "是否重发"),
    ("mqtt.payload_length", "long", "octets of the payload", "载荷长度"),
)
