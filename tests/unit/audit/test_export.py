"""An export is the log, line by line."""

from __future__ import annotations

from pathlib import Path

from sentinel.audit.export import exported, selected
from sentinel.audit.log import Log
from sentinel.audit.standalone import Note
from sentinel.audit.tree import inclusion, leaf_hash


def test_an_export_has_a_line_for_each_record(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append([lambda number: b"record %d" % number] * 3)
    lines = b"".join(exported(log, 2, "note\n")).split(b"\n")
    expected = [leaf_hash(record).hex().encode() + b" " + record for record in (b"record 0", b"record 1")]
    assert lines == [b"sentinel audit export 1", *expected, b"", b"note", b""]
    log.close()


def test_a_selection_has_a_proof_for_each_record(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append([lambda number: b"record %d" % number] * 3)
    lines = b"".join(selected(log, [(2, b"record 2")], Note("", (), "note\n", 3))).split(b"\n")
    [sibling] = inclusion(log.hash, 2, 3)
    line = b"2 %s %s record 2" % (leaf_hash(b"record 2").hex().encode(), sibling.hex().encode())
    assert lines == [b"sentinel audit selection 1", line, b"", b"note", b""]
    assert b"".join(selected(log, [(0, b"record 0")], Note("", (), "note\n", 1))).split(b" ")[5] == b"-"
    log.close()
