"""Fields of PROFINET DCP; the xid is `ot.transaction_id`."""

FIELDS = (
    ("profinet_dcp.option", "keyword[]", "options and suboptions of the blocks, at most 16", "DCP 选项/子选项"),
    ("profinet_dcp.answered_option", "keyword", "option that a set response is about", "被应答的选项"),
    ("profinet_dcp.name_of_station", "keyword", "name of the station", "站名"),
    ("profinet_dcp.type_of_station", "keyword", "vendor's type of the station", "站类型"),
    ("profinet_dcp.alias_name", "keyword", "alias of the station", "站别名"),
    ("profinet_dcp.vendor_id", "long", "vendor", "厂商标识"),
    ("profinet_dcp.device_id", "long", "device", "设备标识"),
    ("profinet_dcp.device_role", "long", "bits: 1 device, 2 controller, 4 multidevice, 8 supervisor", "设备角色"),
    ("profinet_dcp.ip", "ip", "address of the station", "站 IP 地址"),
    ("profinet_dcp.netmask", "ip", "network mask of the station", "子网掩码"),
    ("profinet_dcp.gateway", "ip", "gateway of the station", "网关地址"),
    ("profinet_dcp.permanent", "boolean", "whether what is set outlasts a restart", "是否永久保存"),
    ("profinet_dcp.reset_qualifier", "long", "what a reset resets", "复位限定符"),
)
