"""NAS-5GS, TS 24.501: what detections need beyond type, identity and algorithms."""

FIELDS = (
    ("fiveg.nas.ngksi", "long", "NAS key set identifier, 7 is none", "密钥集标识 ngKSI"),
    ("fiveg.nas.pti", "long", "procedure transaction identity of a 5GSM message", "过程事务标识"),
    (
        "fiveg.nas.rand",
        "keyword",
        "RAND of an authentication request: the same one again is a retransmission",
        "鉴权随机数",
    ),
    (
        "fiveg.nas.service_type",
        "keyword",
        "signalling, data, mobile_terminated_services, emergency_services …",
        "业务类型",
    ),
    ("fiveg.nas.payload_type", "keyword", "n1_sm_information, sms, lpp, ue_policy …", "负载容器类型"),
    ("fiveg.nas.container", "boolean", "a security mode complete has the initial message in full", "含完整初始消息"),
    (
        "fiveg.nas.clear_ies",
        "keyword[]",
        "IEs of a plain initial message that must not be in clear",
        "初始消息中不应明文的信元",
    ),
    ("fiveg.nas.mobility_capability", "keyword", "5GMM capability, hex", "5GMM 能力"),
    ("fiveg.nas.imeisv_requested", "boolean", "the security mode command asks for the IMEISV", "请求 IMEISV"),
    ("fiveg.nas.emergency_registered", "boolean", "registered for emergency services", "紧急注册"),
    ("fiveg.nas.reregistration_required", "boolean", "the terminal is to register again", "要求重新注册"),
    ("fiveg.nas.timer.t3512", "long", "periodic registration timer, seconds", "T3512（秒）"),
    ("fiveg.nas.timer.t3502", "long", "registration retry timer, seconds", "T3502（秒）"),
    ("fiveg.nas.timer.t3346", "long", "mobility back-off timer, seconds", "T3346（秒）"),
    ("fiveg.nas.timer.back_off", "long", "session back-off timer, seconds", "会话退避定时器（秒）"),
    ("fiveg.nas.rejected.sst", "long[]", "rejected slices: slice/service type", "被拒切片 SST"),
    ("fiveg.nas.rejected.sd", "keyword[]", "rejected slices: differentiator, aligned", "被拒切片 SD"),
    (
        "fiveg.nas.rejected.cause",
        "long[]",
        "rejected slices: cause, aligned (0 PLMN, 1 registration area, 2 slice authentication …)",
        "切片拒绝原因",
    ),
    ("fiveg.pdu_session.ssc_mode", "long", "session and service continuity mode", "SSC 模式"),
    (
        "fiveg.pdu_session.interface_id",
        "keyword",
        "IPv6 interface identifier of the terminal, 16 hex digits",
        "IPv6 接口标识",
    ),
)
