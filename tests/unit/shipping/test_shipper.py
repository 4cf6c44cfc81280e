"""The shipper: what goes wrong is said and tried again; the sending thread outlives it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from sentinel.errors import IngestError, SequenceError, StoreError
from sentinel.shipping import shipper as shipping
from sentinel.shipping.kept import Pledge
from sentinel.shipping.sender import Sender
from sentinel.shipping.shipper import Shipper
from sentinel.shipping.spool import Spool

FULL = StoreError("`spool`: no space left on device")


class Service(Sender):
    """A service in memory; it refuses some batches and some reports."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", "token")
        self.got: list[int] = []
        self.refused_reports = 0
        self.reports = 0
        self.refuses: set[int] = set()
        self.knows = ("", 0)  # a spool, and a number that it has used for another batch

    def send(self, spool: str, sequence: int, batch: bytes) -> None:
        if sequence in self.refuses:
            raise IngestError("event 0: there is no field `x`")
        if (spool, sequence) == self.knows:
            raise SequenceError("the spool has used the number 2 before, for another batch")
        self.got.append(sequence)

    def report(self, status: Mapping[str, object]) -> Sequence[object]:
        if self.refused_reports:
            self.refused_reports -= 1
            raise IngestError("there is no figure `x`")
        self.reports += 1
        return ()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with closing(Spool(tmp_path, 1 << 20)) as opened:
        yield opened


def failing(times: int, then: Callable[..., object]) -> Callable[..., object]:
    """What fails so often, and works then."""
    left = [times]

    def call(*arguments: object) -> object:
        if left[0]:
            left[0] -= 1
            raise FULL
        return then(*arguments)

    return call


def shipped(spool: Spool, service: Service, batches: int, until: Callable[[], bool] = lambda: True) -> None:
    shipper = Shipper(spool, service, lambda refused: {"refused": refused}, lambda questions: None)
    shipper.start()
    for number in range(batches):
        spool.append([b"%d" % number])
        shipper.wake()
    ended = threading.Thread(target=shipper.drain, args=(threading.Event(),), daemon=True)
    ended.start()
    ended.join(15)
    assert not ended.is_alive(), "drain waits for ever"
    deadline = time.monotonic() + 30
    while not until() and time.monotonic() < deadline:
        time.sleep(0.02)
    shipper.stop()


def test_a_full_disk_holds_up_no_batch_and_is_said_once(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(spool, "confirm", failing(3, spool.confirm))
    service = Service()
    shipped(spool, service, 5, lambda: Pledge(tmp_path / "taken").get() == 6)
    assert service.got == [1, 2, 3, 4, 5]
    assert Pledge(tmp_path / "taken").get() == 6
    assert caplog.text.count("no space left") == 1


def test_a_spool_that_was_set_back_goes_on_under_a_new_name(spool: Spool, caplog: pytest.LogCaptureFixture) -> None:
    service = Service()
    service.knows = (name := spool.name, 2)
    shipped(spool, service, 3)
    assert service.got == [1, 2, 3]
    assert spool.name != name
    assert caplog.text.count("goes on under a new name") == 1


def test_a_refused_batch_that_cannot_be_kept_is_not_lost(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(spool, "set_aside", failing(2, spool.set_aside))
    service = Service()
    service.refuses = {2}
    shipped(spool, service, 3)
    assert service.got == [1, 3]
    [kept] = (tmp_path / "refused").iterdir()
    assert kept.read_bytes() == b"1"
    assert "no space left" in caplog.text


def test_a_folder_for_refused_batches_that_cannot_be_made_is_an_error_of_the_store(
    spool: Spool, tmp_path: Path
) -> None:
    (tmp_path / "refused").write_text("no folder")
    with pytest.raises(StoreError, match="refused"):
        spool.set_aside(1, b"batch")


def test_a_report_that_is_refused_holds_up_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shipping, "REPORT_EVERY", 0.0)
    service = Service()
    service.refused_reports = 2
    shipped(spool, service, 4)
    assert service.got == [1, 2, 3, 4]
    assert service.reports
    assert "there is no figure `x`" in caplog.text


def test_room_is_made_before_the_number_is_written(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that the spool itself filled; and after a restart nothing is waited for that is not there."""
    batches = 0
    while spool.append([b"x" * 100_000]):
        batches += 1

    def full(pledge: Pledge, number: int) -> None:
        raise OSError(28, "No space left on device")

    put = Pledge.put
    monkeypatch.setattr(Pledge, "put", full)
    with pytest.raises(StoreError, match="no space left"):
        spool.confirm(batches)
    assert spool.octets == 0
    monkeypatch.setattr(Pledge, "put", put)
    spool.close()
    with closing(Spool(tmp_path, 1 << 20)) as again:
        assert (again.read(), again.waiting) == (None, 0)
        again.append([b"next"])
        assert again.read() == (batches + 1, b"next")
