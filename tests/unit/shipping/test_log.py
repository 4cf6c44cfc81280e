"""The log: in order, numbered, whole after any cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.shipping.log import Log, LogReader, forget, get_number, put_number, size

RECORDS = [b"one", b"", b"three" * 100, b"\0" * 40]


def everything(folder: Path, sequence: int = 1) -> list[tuple[int, bytes]]:
    reader = LogReader(folder, sequence)
    return list(iter(reader.read, None))


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.segment"))


def test_what_is_appended_is_read_in_order_from_any_number(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(RECORDS[:2])
    log.append(RECORDS[2:])
    assert log.next == 5
    assert everything(tmp_path) == list(enumerate(RECORDS, 1))
    assert everything(tmp_path, 3) == [(3, RECORDS[2]), (4, RECORDS[3])]
    assert everything(tmp_path, 9) == []


def test_a_reader_follows_a_log_that_grows_over_segments(tmp_path: Path) -> None:
    reader = LogReader(tmp_path / "log", 1)
    assert reader.read() is None  # there is no log yet
    log = Log(tmp_path / "log", segment=64)
    for number in range(1, 30):
        log.append([b"%d" % number * 10])
        assert reader.read() == (number, b"%d" % number * 10)
        assert reader.read() is None
    assert len(segments(tmp_path / "log")) > 3


@pytest.mark.parametrize("octets", range(1, 8 + len(RECORDS[2])))
def test_a_last_record_that_is_cut_short_was_never_there(tmp_path: Path, octets: int) -> None:
    """As a kill in the middle of writing leaves it, wherever that is."""
    log = Log(tmp_path)
    log.append(RECORDS[:3])
    path = segments(tmp_path)[0]
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - octets)
    assert everything(tmp_path) == list(enumerate(RECORDS[:2], 1))
    again = Log(tmp_path)
    assert again.next == 3
    again.append([b"anew"])
    assert everything(tmp_path, 3) == [(3, b"anew")]


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(RECORDS[:3])
    path = segments(tmp_path)[0]
    octets = bytearray(path.read_bytes())
    octets[-1] ^= 1
    path.write_bytes(octets)
    assert len(everything(tmp_path)) == 2


def test_a_gap_in_the_numbers_is_kept(tmp_path: Path) -> None:
    log = Log(tmp_path, first=7)
    log.append([b"seven"])
    log.skip(20)
    log.append([b"twenty"])
    assert everything(tmp_path) == [(7, b"seven"), (20, b"twenty")]


def test_what_is_read_is_forgotten_but_its_number_is_not(tmp_path: Path) -> None:
    log = Log(tmp_path, segment=16)
    for number in range(10):
        log.append([b"%d" % number * 20])
    before = size(tmp_path)
    forget(tmp_path, log.next)
    assert len(segments(tmp_path)) == 1
    assert size(tmp_path) < before
    assert Log(tmp_path).next == 11


def test_a_disk_that_is_full_leaves_the_log_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(tmp_path)
    log.append([b"kept"])
    write = Log._write

    def half(self: Log, octets: bytes) -> None:
        write(self, octets[: len(octets) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Log, "_write", half)
    with pytest.raises(StoreError, match="no space left"):
        log.append([b"lost" * 50])
    monkeypatch.undo()
    log.append([b"after"])
    assert everything(tmp_path) == [(1, b"kept"), (2, b"after")]


def test_a_number_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    assert get_number(tmp_path / "n", 3) == 3
    put_number(tmp_path / "n", 17)
    assert get_number(tmp_path / "n", 3) == 17
    (tmp_path / "n").write_text("")
    assert get_number(tmp_path / "n", 3) == 3


def test_a_number_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a power cut leaves an empty file in place of the old number."""
    did: list[str] = []
    synchronise, replace = os.fsync, Path.replace

    def synchronised(number: int) -> None:
        did.append("fsync")
        synchronise(number)

    def replaced(path: Path, target: Path) -> Path:
        did.append("replace")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synchronised)
    monkeypatch.setattr(Path, "replace", replaced)
    put_number(tmp_path / "n", 17)
    assert did == ["fsync", "replace", "fsync"]
