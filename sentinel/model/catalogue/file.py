"""Programs and firmware that go from host to host."""

FIELDS = (
    (
        "file.format",
        "keyword",
        "by its first octets: pe, elf, macho, script, uimage, squashfs, ubi, trx or device_tree",
        "文件格式（按首部识别）",
    ),
)
