"""The spool: in order, bounded, whole after a restart."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import ConfigError
from sentinel.keys.tables import add_key, seals_of
from sentinel.model import seal as sealing
from sentinel.shipping.log import Log
from sentinel.shipping.record import packed, records
from sentinel.shipping.spool import Spool


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Spool]]:
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(closing(Spool(folder, 1 << 20)))


def test_what_was_not_confirmed_is_read_again_after_a_restart(tmp_path: Path, opened: Callable[[Path], Spool]) -> None:
    spool = opened(tmp_path)
    assert spool.append([b"one", b"two", b"three"])
    assert [spool.read(), spool.read()] == [(1, b"one"), (2, b"two")]
    spool.confirm(1)
    assert spool.waiting == 2
    name = spool.name
    spool.close()
    again = opened(tmp_path)
    assert (again.name, again.waiting) == (name, 2)
    assert [again.read(), again.read(), again.read()] == [(2, b"two"), (3, b"three"), None]


def test_a_full_spool_takes_nothing_until_something_left_it(tmp_path: Path, opened: Callable[[Path], Spool]) -> None:
    spool = opened(tmp_path)
    batch = b"x" * 100_000
    taken = 0
    while spool.append([batch]):
        taken += 1
    assert 8 <= taken <= 10
    for number in range(1, taken + 1):
        assert spool.read() == (number, batch)
        spool.confirm(number)
    assert spool.append([batch])
    assert spool.read() == (taken + 1, batch)


def test_a_number_is_not_used_twice_when_the_log_is_lost(tmp_path: Path, opened: Callable[[Path], Spool]) -> None:
    spool = opened(tmp_path)
    spool.append([b"one", b"two"])
    spool.confirm(2)
    spool.close()
    for path in (tmp_path / "log").iterdir():
        path.unlink()
    again = opened(tmp_path)
    again.append([b"three"])
    assert again.read() == (3, b"three")


def test_what_is_lost_in_the_middle_is_said_and_the_rest_is_sent(
    tmp_path: Path, opened: Callable[[Path], Spool], caplog: pytest.LogCaptureFixture
) -> None:
    spool = opened(tmp_path)
    for number in range(1, 5):
        spool.append([b"%d" % number * 80_000])  # two a segment
    spool.close()
    segments = sorted((tmp_path / "log").glob("*.records"))
    assert len(segments) == 2
    segments[0].unlink()
    again = opened(tmp_path)
    assert again.append([b"five"])
    assert [read[0] for read in iter(again.read, None)] == [3, 4, 5]
    assert "2 batches before its number 3 are lost" in caplog.text


def test_a_spool_that_lost_its_end_goes_on_with_the_next_number(
    tmp_path: Path, opened: Callable[[Path], Spool]
) -> None:
    spool = opened(tmp_path)
    spool.append([b"one", b"two", b"three"])
    name = spool.name
    spool.close()
    [path] = (tmp_path / "log").glob("*.records")
    path.write_bytes(path.read_bytes()[:-1])
    again = opened(tmp_path)
    assert list(iter(again.read, None)) == [(1, b"one"), (2, b"two")]
    again.confirm(2)
    assert again.waiting == 0
    again.close()
    again = opened(tmp_path)
    again.append([b"four"])
    assert (again.name, list(iter(again.read, None)), again.waiting) == (name, [(4, b"four")], 1)


def test_a_spool_that_lost_its_log_has_another_name(
    tmp_path: Path, opened: Callable[[Path], Spool], caplog: pytest.LogCaptureFixture
) -> None:
    """How far its numbers had come is not known."""
    spool = opened(tmp_path)
    spool.append([b"one"])
    name = spool.name
    spool.close()
    for path in (tmp_path / "log").iterdir():
        path.unlink()
    assert opened(tmp_path).name != name
    assert "lost its log" in caplog.text


def test_a_batch_that_is_not_synchronised_is_not_given(
    tmp_path: Path, opened: Callable[[Path], Spool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut could still take it, after the service has it under its number."""
    spool = opened(tmp_path)
    given: list[object] = []
    write = Log._write

    def watched(log: Log, octets: bytes) -> None:
        write(log, octets)
        given.append(spool.read())

    monkeypatch.setattr(Log, "_write", watched)
    spool.append([b"one"])
    assert (given, spool.read()) == ([None], (1, b"one"))


def test_what_is_not_the_spools_is_left_alone_and_said(
    tmp_path: Path, opened: Callable[[Path], Spool], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "log" / "00000000000000000007.records").mkdir(parents=True)
    (tmp_path / "refused" / "notes").mkdir(parents=True)
    os.mkfifo(tmp_path / "log" / "x.records")
    spool = opened(tmp_path)
    assert spool.append([b"one"])
    assert spool.read() == (1, b"one")
    for number in range(120):
        spool.set_aside(number, b"batch")
    assert len(list((tmp_path / "refused").iterdir())) == 101
    assert caplog.text.count("left alone") == 1


def test_one_spool_is_for_one_collector(tmp_path: Path, opened: Callable[[Path], Spool]) -> None:
    spool = opened(tmp_path)
    with pytest.raises(ConfigError, match="in use by another process"):
        opened(tmp_path)
    spool.close()
    opened(tmp_path)


def test_a_refused_batch_is_kept_for_a_person(tmp_path: Path, opened: Callable[[Path], Spool]) -> None:
    spool = opened(tmp_path)
    for number in range(120):
        path = spool.set_aside(number, b"batch")
    assert path.read_bytes() == b"batch"
    assert len(list(path.parent.iterdir())) == 100


def test_a_folder_that_cannot_be_used_is_said() -> None:
    with pytest.raises(ConfigError, match="cannot hold the spool"):
        Spool(Path("/proc/sentinel"), 1 << 20)


def test_what_is_appended_while_another_thread_confirms_has_its_own_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Confirming may begin a segment: not in the middle of a write."""
    confirmed, write = threading.Event(), Log._write

    def slow(self: Log, octets: bytes) -> None:
        write(self, octets)
        if sending.ident is None:
            sending.start()
            confirmed.wait(0.5)  # as long as it takes where nothing keeps it from that

    def send() -> None:
        spool.confirm(1)
        confirmed.set()

    with closing(Spool(tmp_path, 4000)) as spool:
        sending = threading.Thread(target=send, daemon=True)
        assert spool.append([b"1" * 3000])
        assert spool.read() == (1, b"1" * 3000)
        monkeypatch.setattr(Log, "_write", slow)
        assert spool.append([b"2"])
        sending.join(10)
        assert spool.append([b"3"])
        assert [spool.read(), spool.read(), spool.read()] == [(2, b"2"), (3, b"3"), None]


def test_numbers_hold_under_stress(tmp_path: Path) -> None:
    found: list[tuple[int, bytes]] = []
    with closing(Spool(tmp_path, 4000)) as spool:

        def send() -> None:
            while len(found) < 300 and not ended.is_set():
                read = spool.read()
                if read is not None:
                    found.append(read)
                    spool.confirm(read[0])

        ended = threading.Event()
        sending = threading.Thread(target=send, daemon=True)
        sending.start()
        for number in range(1, 301):
            while not spool.append([b"%0700d" % number]):
                assert sending.is_alive()
        sending.join(10)
        ended.set()
    assert [(sequence, int(batch)) for sequence, batch in found] == [(n, n) for n in range(1, 301)]


def test_a_name_that_a_power_cut_left_empty_is_given_anew(tmp_path: Path, opened: Callable[[Path], Spool]) -> None:
    """The service takes no batch of a spool without one."""
    spool = opened(tmp_path)
    spool.append([b"one"])
    spool.close()
    (tmp_path / "name").write_text("")
    again = opened(tmp_path)
    assert re.fullmatch("[0-9a-f]{32}", again.name)
    assert again.read() == (1, b"one")
    again.close()
    assert opened(tmp_path).name == again.name


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A file of keys."""
    add_key(tmp_path / "keys")
    return tmp_path / "keys"


def test_a_sealed_spool_gives_what_was_put_in_and_shows_nothing(tmp_path: Path, keys: Path) -> None:
    """Behind what was kept in clear before; also after a restart, and what was noted, and what was put aside."""
    folder, seal = tmp_path / "spool", seals_of(suite, keys)("spool")
    with closing(Spool(folder, 1 << 20)) as spool:
        spool.append([b"in clear"])
    with closing(Spool(folder, 1 << 20, seal)) as spool:
        spool.append([b"imsi-999700000000001"], "noted")
        spool.append([b"imsi-999700000000002"])
        aside = spool.set_aside(9, b"imsi-999700000000003")
    with closing(Spool(folder, 1 << 20, seal)) as spool:
        assert [spool.read() for _ in range(4)] == [
            (1, b"in clear"), (2, b"imsi-999700000000001"), (3, b"imsi-999700000000002"), None,
        ]  # fmt: skip
        assert spool.noted() == ("noted", [b"imsi-999700000000002"])
    assert not any(b"99970000" in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert sealing.opened(seal, aside.name, aside.read_bytes()) == b"imsi-999700000000003"


def test_a_spool_is_not_begun_without_the_key_of_what_waits_there(tmp_path: Path, keys: Path) -> None:
    """Nothing is lost by that."""
    folder, seal = tmp_path / "spool", seals_of(suite, keys)("spool")
    with closing(Spool(folder, 1 << 20, seal)) as spool:
        spool.append([b"one"])
    with pytest.raises(ConfigError, match="no key at hand"):
        Spool(folder, 1 << 20)
    with closing(Spool(folder, 1 << 20, seal)) as spool:
        assert spool.read() == (1, b"one")


def test_batches_that_changed_places_are_lost_and_that_is_told(
    tmp_path: Path, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A record that is whole, and sealed for another number, is none of this one."""
    folder, seal = tmp_path / "spool", seals_of(suite, keys)("spool")
    with closing(Spool(folder, 1 << 20, seal)) as spool:
        spool.append([b"one", b"two", b"three"])
    (path,) = (folder / "log").glob("*.records")
    one, two, three = records(path, 0)
    path.write_bytes(b"".join(packed(n, each.octets) for n, each in ((1, two), (2, one), (3, three))))
    with closing(Spool(folder, 1 << 20, seal)) as spool:
        assert spool.read() == (3, b"three")
        spool.confirm(3)
        assert spool.waiting == 0
    assert "2 batches before its number 3 are lost" in caplog.text
