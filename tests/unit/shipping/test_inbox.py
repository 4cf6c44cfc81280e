"""The inbox: what came twice is kept once, also over a restart of either side."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import IngestError, SequenceError, StoreError
from sentinel.keys.tables import add_key, seals_of
from sentinel.shipping.inbox import Box, Boxes, Inbox
from sentinel.shipping.record import packed, records

SPOOL = "0" * 32


def read(folder: Path) -> list[tuple[str, int, bytes]]:
    found = []
    for box in Boxes(folder).look():
        while (batch := box.read()) is not None:
            found.append((box.collector, *batch))
    return found


def test_what_comes_again_is_known(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    assert inbox.accept("tap1", SPOOL, 1, b"one")
    assert not inbox.accept("tap1", SPOOL, 1, b"one")
    assert inbox.accept("tap1", SPOOL, 2, b"two")
    after = Inbox(tmp_path)  # the service was started again
    assert not after.accept("tap1", SPOOL, 2, b"two")
    assert after.accept("tap1", SPOOL, 3, b"three")
    assert read(tmp_path) == [("tap1", 1, b"one"), ("tap1", 2, b"two"), ("tap1", 3, b"three")]


def test_what_comes_again_is_known_after_the_worker_deleted_it(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.accept("tap1", SPOOL, 1, b"one")
    [box] = Boxes(tmp_path).look()
    assert box.read() == (1, b"one")
    box.confirm(1)
    assert not Inbox(tmp_path).accept("tap1", SPOOL, 1, b"one")
    assert Box(tmp_path / "tap1" / SPOOL).read() is None


def test_spools_and_collectors_do_not_mix(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    assert inbox.accept("tap1", SPOOL, 5, b"a")  # the service was new when the spool was not
    assert inbox.accept("tap1", "1" * 32, 1, b"b")
    assert inbox.accept("tap2", SPOOL, 1, b"c")
    assert read(tmp_path) == [("tap1", 5, b"a"), ("tap1", 1, b"b"), ("tap2", 1, b"c")]


def test_a_number_that_was_used_for_another_batch_is_refused(tmp_path: Path) -> None:
    """A spool that was set back, as by a disk restored from a copy: its new batches are not taken for the old ones."""
    inbox = Inbox(tmp_path)
    for number in range(1, 4):
        inbox.accept("tap1", SPOOL, number, b"old %d" % number)
    [box] = Boxes(tmp_path).look()
    box.confirm(3)
    for known in (inbox, Inbox(tmp_path)):
        assert not known.accept("tap1", SPOOL, 2, b"old 2")
        with pytest.raises(SequenceError, match="used the number 2 before"):
            known.accept("tap1", SPOOL, 2, b"new 2")
    (tmp_path / "tap1" / SPOOL / "digests").unlink()
    with pytest.raises(SequenceError):
        inbox.accept("tap1", SPOOL, 2, b"old 2")


def test_a_leap_that_would_use_up_the_numbers_is_refused(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.accept("tap1", SPOOL, 1, b"one")
    with pytest.raises(SequenceError, match="too far from the last one, 1"):
        inbox.accept("tap1", SPOOL, 2**62 - 1, b"far")
    assert inbox.accept("tap1", SPOOL, 2, b"two")
    assert read(tmp_path) == [("tap1", 1, b"one"), ("tap1", 2, b"two")]


def test_damage_in_the_inbox_is_a_gap_and_nothing_else(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for number in range(1, 5):
        inbox.accept("tap1", SPOOL, number, b"batch %d" % number)
    [path] = tmp_path.rglob("*.records")
    path.write_bytes(path.read_bytes().replace(b"batch 2", b"botch 2"))
    [box] = Boxes(tmp_path).look()
    found = []
    while (batch := box.read()) is not None:
        found.append((batch[0], box.missing))
    assert found == [(1, 0), (3, 1), (4, 0)]
    path.write_bytes(path.read_bytes()[:-3])
    after = Inbox(tmp_path)
    assert after.accept("tap1", SPOOL, 5, b"batch 5")
    assert (box.read(), box.missing) == ((5, b"batch 5"), 0)


def test_what_is_no_spool_is_left_alone_and_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    inbox = Inbox(tmp_path)
    inbox.accept("tap1", SPOOL, 1, b"one")
    (tmp_path / "lost+found" / "x").mkdir(parents=True)
    (tmp_path / "tap1" / "notes").mkdir()
    (tmp_path / "tap1" / ("1" * 32)).write_text("a file")
    (tmp_path / "tap1" / SPOOL / "core").mkdir()
    os.mkfifo(tmp_path / "tap1" / SPOOL / "00000000000000000009.records")
    (tmp_path / "tap1" / SPOOL / "position").mkdir()
    boxes = Boxes(tmp_path)
    [box] = boxes.look()
    assert boxes.look() == [box]
    assert box.read() == (1, b"one")
    with pytest.raises(StoreError):
        box.confirm(1)
    assert inbox.accept("tap1", SPOOL, 2, b"two")
    assert [message for message in caplog.messages if "no spool" in message and "lost+found" in message]
    assert caplog.text.count("left alone") == 2


def test_a_gap_is_taken_as_it_is(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.accept("tap1", SPOOL, 1, b"one")
    assert inbox.accept("tap1", SPOOL, 9, b"nine")
    assert not inbox.accept("tap1", SPOOL, 9, b"nine")
    assert read(tmp_path) == [("tap1", 1, b"one"), ("tap1", 9, b"nine")]


@pytest.mark.parametrize("spool", ["", "../../x", "0" * 31, "G" * 32])
def test_the_name_of_a_spool_is_no_path(tmp_path: Path, spool: str) -> None:
    with pytest.raises(IngestError):
        Inbox(tmp_path).accept("tap1", spool, 1, b"one")
    assert list(tmp_path.iterdir()) == []


def test_a_full_inbox_is_the_collectors_to_wait_for(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, largest=100)
    inbox.accept("tap1", SPOOL, 1, b"x" * 80)
    with pytest.raises(StoreError, match="full"):
        inbox.accept("tap1", SPOOL, 2, b"x" * 80)


def test_a_collector_does_not_make_folders_without_end(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for number in range(100):
        inbox.accept("tap1", f"{number:032x}", 1, b"")
    with pytest.raises(IngestError, match="100 spools"):
        inbox.accept("tap1", f"{100:032x}", 1, b"")


def test_a_sealed_inbox_is_read_by_its_key_alone(tmp_path: Path) -> None:
    """What came twice is known; without the key nothing is taken out, and nothing lost."""
    add_key(tmp_path / "keys")
    folder, seal = tmp_path / "inbox", seals_of(suite, tmp_path / "keys")("inbox")
    Inbox(folder).accept("tap1", SPOOL, 1, b"in clear")
    inbox = Inbox(folder, seal=seal)
    assert inbox.accept("tap1", SPOOL, 2, b"imsi-999700000000001")
    assert not inbox.accept("tap1", SPOOL, 2, b"imsi-999700000000001")
    assert b"9997" not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    (box,) = Boxes(folder).look()
    assert box.read() == (1, b"in clear")
    for _ in range(2):
        with pytest.raises(StoreError, match="no key at hand"):
            box.read()
    (box,) = Boxes(folder, seal).look()
    assert [box.read(), box.read(), box.read()] == [(1, b"in clear"), (2, b"imsi-999700000000001"), None]


def test_a_batch_of_another_collector_is_missing_where_it_was_put(tmp_path: Path) -> None:
    """Sealed for its collector, its spool and its number."""
    add_key(tmp_path / "keys")
    folder, seal = tmp_path / "inbox", seals_of(suite, tmp_path / "keys")("inbox")
    inbox = Inbox(folder, seal=seal)
    for number in (1, 2, 3):
        inbox.accept("tap1", SPOOL, number, b"%d" % number)
        inbox.accept("tap2", SPOOL, number, b"another %d" % number)
    mine, other = (next((folder / name / SPOOL).glob("*.records")) for name in ("tap1", "tap2"))
    first, _, third = records(mine, 0)
    (_, second, _) = records(other, 0)
    mine.write_bytes(b"".join(packed(n, each.octets) for n, each in ((1, first), (2, second), (3, third))))
    box = next(box for box in Boxes(folder, seal).look() if box.collector == "tap1")
    assert (box.read(), box.read(), box.missing) == ((1, b"1"), (3, b"3"), 1)
