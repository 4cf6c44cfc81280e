"""The log on disk: what is acknowledged stays, whoever writes and whoever is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sentinel.audit import log as log_module
from sentinel.audit import syncing, tree
from sentinel.audit.log import Log, Make
from sentinel.errors import AuditError

WRITER = """
import sys
from pathlib import Path
from sentinel.audit.log import Log
log = Log(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    for number in log.append([lambda number: b"%s %d" % (sys.argv[3].encode(), number)] * int(sys.argv[4])):
        print(number, flush=True)
"""


def numbered(count: int) -> list[Make]:
    return [lambda number: f"record {number}".encode()] * count


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "audit")
    yield made
    made.close()


def is_sound(folder: Path) -> list[bytes]:
    """The records; the tree and the index are those that follow from them."""
    found = Log(folder)
    size, root = found.head()
    records = found.records(0, size)
    assert tree.root_of(found.hash, size) == root
    expected = tree.Frontier()
    assert (folder / "hashes").read_bytes()[: tree.stored(size) * tree.HASH] == expected.extend(
        map(tree.leaf_hash, records)
    )
    assert expected.root == root
    found.close()
    return records


def test_records_come_back_with_their_numbers(log: Log) -> None:
    assert log.append(numbered(3)) == range(3)
    assert log.append(numbered(2)) == range(3, 5)
    assert log.records(1, 4) == [b"record 1", b"record 2", b"record 3"]
    assert log.records(2, 2) == []
    assert log.head()[0] == 5
    with pytest.raises(AuditError, match="no record"):
        log.records(4, 6)


def test_a_log_goes_on_after_it_was_closed_or_not(log: Log) -> None:
    """Two that are open at once see each other's records."""
    log.append(numbered(5))
    other = Log(log.folder)
    other.append(numbered(4))
    log.append(numbered(1))
    assert log.head() == other.head()
    other.close()
    assert is_sound(log.folder) == [f"record {number}".encode() for number in range(10)]


def test_what_follows_from_the_records_is_worked_out_anew(log: Log) -> None:
    """Hashes and index are lost from the mark on, as a power cut may leave them."""
    log.append(numbered(20))
    for name in ("hashes", "index"):
        os.truncate(log.folder / name, 40)
    assert len(is_sound(log.folder)) == 20


def test_marks_are_set_at_times(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MARK_EVERY", 8)
    monkeypatch.setattr(syncing, "PAUSE", 60)
    for _ in range(5):
        log.append(numbered(5))
    assert (log.folder / "mark").read_text().split()[0] == "20"
    assert len(is_sound(log.folder)) == 25


def test_several_who_mark_at_once_do_not_disturb_each_other(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads of one process, and others."""
    monkeypatch.setattr(log_module, "MARK_EVERY", 1)
    logs = [log, log, Log(log.folder), Log(log.folder)]
    with ThreadPoolExecutor(len(logs)) as threads:
        assert all(threads.map(lambda each: [each.append(numbered(1)) for _ in range(20)], logs))
    for each in logs[2:]:
        each.close()
    assert len(is_sound(log.folder)) == 80


def test_a_record_that_was_cut_short_is_put_aside(log: Log) -> None:
    log.append(numbered(3))
    with (log.folder / "records").open("ab") as file:
        file.write(b"\x10\0\0\0half")
    assert Log(log.folder).append(numbered(1)) == range(3, 4)
    [aside] = log.folder.glob("cut-3-*")
    assert aside.read_bytes() == b"\x10\0\0\0half"
    assert len(is_sound(log.folder)) == 4


def test_a_log_that_has_lost_records_is_refused(log: Log) -> None:
    log.append(numbered(3))
    os.truncate(log.folder / "records", 10)
    with pytest.raises(AuditError, match="has lost records"):
        log.append(numbered(1))


def test_a_damaged_record_is_named(log: Log) -> None:
    log.append(numbered(3))
    octets = bytearray((log.folder / "records").read_bytes())
    octets[26] ^= 1
    (log.folder / "records").write_bytes(octets)
    with pytest.raises(AuditError, match=r"record 1 of .* is damaged"):
        log.records(0, 3)


def test_what_cannot_be_written_is_not_there(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk refuses all of a group, and the log goes on when there is room again."""
    log.append(numbered(2))

    def full(descriptor: int, octets: bytes, at: int) -> int:
        if descriptor == log._records:
            raise OSError(28, "No space left on device")
        return pwrite(descriptor, octets, at)

    pwrite = os.pwrite
    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", full)
        with pytest.raises(AuditError, match="no space left"):
            log.append(numbered(3))
    assert log.append(numbered(1)) == range(2, 3)
    assert len(is_sound(log.folder)) == 3


def test_what_cannot_be_synchronised_ends_the_log(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others may have appended behind it, so it is not taken away; nobody knows what the disk holds."""

    def fails(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fails)
        with pytest.raises(AuditError, match="input/output error"):
            log.append(numbered(3))
    with pytest.raises(AuditError, match="see to its disk and start again"):
        log.append(numbered(1))
    assert len(is_sound(log.folder)) == 3


def test_nobody_who_writes_waits_for_the_disk_of_others(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in this process nor in another one, which would wait at the lock."""
    busy, done, other = threading.Event(), threading.Event(), Log(log.folder)

    def slow(_descriptor: int) -> None:
        busy.set()
        done.wait(10)

    monkeypatch.setattr(os, "fdatasync", slow)
    waits = threading.Thread(target=log.append, args=(numbered(1),))
    waits.start()
    assert busy.wait(10)
    assert (log.append(numbered(1), later=True), other.append(numbered(1), later=True)) == (range(1, 2), range(2, 3))
    assert waits.is_alive()
    done.set()
    waits.join()
    other.close()


def test_a_record_that_is_too_long_is_refused(log: Log) -> None:
    with pytest.raises(AuditError, match="at most"):
        log.append([lambda _: bytes(log_module.LONGEST + 1)])
    assert log.head()[0] == 0


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("")
    with pytest.raises(AuditError, match="cannot be used"):
        Log(tmp_path / "audit")


def test_threads_share_a_log(log: Log) -> None:
    threads = [threading.Thread(target=lambda: [log.append(numbered(2)) for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert is_sound(log.folder) == [f"record {number}".encode() for number in range(40)]


def started(folder: Path, appends: int, name: str, group: int = 1) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, str(folder), str(appends), name, str(group)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> list[int]:
    output = process.communicate()[0]
    return [int(line) for line in output.splitlines() if line and output.endswith("\n")]


def test_processes_share_a_log(tmp_path: Path) -> None:
    writers = [started(tmp_path, 20, name, 3) for name in "abc"]
    told: Sequence[list[int]] = [said(writer) for writer in writers]
    records = is_sound(tmp_path)
    assert sorted(number for numbers in told for number in numbers) == list(range(180))
    for name, numbers in zip("abc", told, strict=True):
        assert [records[number] for number in numbers] == [f"{name} {number}".encode() for number in numbers]


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """At random points of 1,000 appends, of one log after the other: what was told of is there, and the next writer goes on."""
    chance = random.Random(2026)
    before = list[bytes]()
    for turn in range(40):
        point, moment = chance.randrange(1000), chance.random() / 1000
        writer = started(tmp_path, 1000, f"{turn}", chance.choice((1, 1, 7)))
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(point)]
        time.sleep(moment)
        writer.send_signal(signal.SIGKILL)
        told += [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        writer.wait()
        writer.stdout.close()
        after = is_sound(tmp_path)
        where = f"turn {turn}, killed {moment * 1000:.2f} ms after {point} were told"
        assert after[: len(before)] == before, where
        assert told == list(range(len(before), len(before) + len(told))), where
        assert [after[number] for number in told] == [f"{turn} {number}".encode() for number in told], where
        before = after
    assert said(started(tmp_path, 1, "b")) == [len(before)]
    assert is_sound(tmp_path)[:-1] == before
