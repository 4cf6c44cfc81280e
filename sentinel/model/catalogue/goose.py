"""Fields of GOOSE, IEC 61850-8-1; the number of entries of the data set is `ot.count`, its values `ot.value`."""

FIELDS = (
    ("goose.appid", "long", "APPID of the header", "GOOSE 应用标识"),
    ("goose.simulation", "boolean", "S bit of the header: sent by a test set", "仿真标志"),
    ("goose.gocb_ref", "keyword", "gocbRef: control block", "GOOSE 控制块引用"),
    ("goose.time_allowed_to_live", "long", "milliseconds until the next frame is due", "允许生存时间（毫秒）"),
    ("goose.dat_set", "keyword", "datSet: data set", "数据集引用"),
    ("goose.go_id", "keyword", "goID of the control block", "GOOSE 标识"),
    ("goose.t", "long", "when stNum grew, nanoseconds since 1970", "状态变化时间（纳秒）"),
    ("goose.st_num", "long", "stNum: number of the state", "状态号"),
    ("goose.sq_num", "long", "sqNum: repetitions of the state", "序列号"),
    ("goose.test", "boolean", "test or simulation, as the PDU says it", "测试标志"),
    ("goose.conf_rev", "long", "confRev: revision of the configuration", "配置版本"),
    ("goose.nds_com", "boolean", "ndsCom: the control block needs to be set up", "需要重新配置"),
)
