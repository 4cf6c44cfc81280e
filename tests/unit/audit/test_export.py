"""An export is the log, line by line."""

from __future__ import annotations

from pathlib import Path

from sentinel.audit.export import exported
from sentinel.audit.log import Log
from sentinel.audit.tree import leaf_hash


def test_an_export_has_a_line_for_each_record(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append([lambda number: b"record %d" % number] * 3)
    lines = b"".join(exported(log, 2, "note\n")).split(b"\n")
    expected = [leaf_hash(record).hex().encode() + b" " + record for record in (b"record 0", b"record 1")]
    assert lines == [b"sentinel audit export 1", *expected, b"", b"note", b""]
    log.close()
