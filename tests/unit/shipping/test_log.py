"""The log: in order, numbered, whole after any cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.shipping.kept import Pledge
from sentinel.shipping.log import Log, LogReader, forget, holds, size, strangers
from sentinel.shipping.record import packed

RECORDS = [b"one", b"", b"three" * 100, b"\0" * 40]


def everything(folder: Path, sequence: int = 1) -> list[tuple[int, bytes]]:
    reader = LogReader(folder, sequence)
    return list(iter(reader.read, None))


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.records"))


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
    log.append(RECORDS[:2])
    path = segments(tmp_path)[0]
    with path.open("ab") as file:
        file.write(packed(3, RECORDS[2])[:-octets])
    assert everything(tmp_path) == list(enumerate(RECORDS[:2], 1))
    again = Log(tmp_path)
    assert again.next == 3
    again.append([b"anew"])
    assert everything(tmp_path, 3) == [(3, b"anew")]


def damaged(folder: Path) -> list[bytes]:
    """Five records in three segments."""
    log = Log(folder, segment=60)
    batches = [b"%d" % number * 30 for number in range(1, 6)]
    for batch in batches:
        log.append([batch])
    assert len(segments(folder)) == 3
    return batches


@pytest.mark.parametrize("segment", range(3))
def test_a_flipped_bit_loses_what_it_hit_and_no_number(tmp_path: Path, segment: int) -> None:
    """Wherever it is: in a mark, a length, a number, a checksum, in what is kept; also at the end of all."""
    batches = damaged(tmp_path)
    path = segments(tmp_path)[segment]
    whole = path.read_bytes()
    for place in range(len(whole)):
        octets = bytearray(whole)
        octets[place] ^= 1 << place % 8
        path.write_bytes(octets)
        found = everything(tmp_path)
        assert len(found) == 4, place
        assert all(batch == batches[number - 1] for number, batch in found), place
        log = Log(tmp_path)
        assert log.next == 6, place
        for made in segments(tmp_path)[3:]:
            made.unlink()


@pytest.mark.parametrize("gone", range(3))
def test_a_segment_that_is_gone_or_empty_loses_what_it_held_and_no_number(tmp_path: Path, gone: int) -> None:
    batches = damaged(tmp_path)
    segments(tmp_path)[gone].write_bytes(b"")
    left = [(number, batch) for number, batch in enumerate(batches, 1) if (number - 1) // 2 != gone]
    assert everything(tmp_path) == left
    segments(tmp_path)[gone].unlink()
    assert everything(tmp_path) == left
    log = Log(tmp_path)
    log.append([b"six"])
    assert everything(tmp_path) == [*left, (6, b"six")]


def test_damage_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    damaged(tmp_path)
    first, _, last = segments(tmp_path)
    first.write_bytes(b"?" + first.read_bytes()[1:])
    last.unlink()
    assert [number for number, _ in everything(tmp_path)] == [2, 3, 4]
    Log(tmp_path)
    assert "50 octets before its number 2 cannot be read" in caplog.text
    assert "lost its end: of the numbers from 5 to 5" in caplog.text


def test_without_its_pledge_a_log_goes_on_behind_what_it_holds(tmp_path: Path) -> None:
    damaged(tmp_path)
    (tmp_path / "next").write_bytes(b"\0" * 30)
    assert Log(tmp_path).next == 6
    for path in segments(tmp_path):
        path.unlink()
    assert (holds(tmp_path), Log(tmp_path).next) == (True, 6)
    assert not holds(tmp_path / "nothing")


def test_a_kill_before_the_pledge_uses_no_number_twice(tmp_path: Path) -> None:
    """The record was whole: it may have been sent."""
    damaged(tmp_path)
    Pledge(tmp_path / "next").put(5)
    assert Log(tmp_path).next == 6


def test_what_is_no_segment_is_left_alone_and_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    batches = damaged(tmp_path)
    (tmp_path / "00000000000000000099.records").mkdir()
    os.mkfifo(tmp_path / "00000000000000000098.records")
    os.mknod(os.fsencode(tmp_path) + b"/\xff\xfe\n.records", 0o600)
    (tmp_path / "x.records").write_text("alien")
    (tmp_path / ("9" * 20 + ".records")).write_text("no number is as high")
    strangers(tmp_path)
    assert caplog.text.count("left alone") == 1
    assert "and 2 more" in caplog.text
    assert everything(tmp_path) == list(enumerate(batches, 1))
    assert (Log(tmp_path).next, size(tmp_path)) == (6, 5 * 50)


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
