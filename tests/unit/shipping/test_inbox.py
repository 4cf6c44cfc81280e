"""The inbox: what came twice is kept once, also over a restart of either side."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.errors import IngestError, StoreError
from sentinel.shipping.inbox import Box, Inbox, boxes

SPOOL = "0" * 32


def read(folder: Path) -> list[tuple[str, int, bytes]]:
    found = []
    for box in boxes(folder, {}):
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
    [box] = boxes(tmp_path, {})
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
