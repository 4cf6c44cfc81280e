"""The spool in front of the cluster: nothing accepted is lost, what was taken is not sent again, and why it waits is said."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import orjson
import pytest

from sentinel.errors import StoreError
from sentinel.model.alert import Alert
from sentinel.model.event import Event
from sentinel.shipping.spool import Spool
from sentinel.store.backends.elasticsearch.documents import Batch, pack
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.worker import draining
from sentinel.worker.draining import Draining
from tests.contract.test_store import alert, event


class Cluster:
    """Takes batches, or says what is wrong with it."""

    def __init__(self) -> None:
        self.wrong = ""
        self.taken: list[bytes] = []
        self.doubts: list[bool] = []
        self.refused = 0
        self.owing = 0
        self.since = 0
        self.mistake: Exception | None = None

    def prepare(self, events: Sequence[Event], alerts: Sequence[Alert], _proofs: Sequence[Event]) -> list[bytes]:
        return pack([(each.id, {"event.id": each.id}) for each in events], alerts, 1)

    def bring_copies(self) -> None:
        if self.owing and self.wrong:
            raise StoreError(self.wrong)
        self.owing = 0

    def send(self, batch: Batch, *, doubtful: bool) -> None:
        self.doubts.append(doubtful)
        self.since = batch.arrived
        if self.mistake:
            raise self.mistake
        if self.wrong:
            raise StoreError(self.wrong)
        self.taken += batch.lines[1::2]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_PAUSE", 0.001)
    monkeypatch.setattr(draining, "_LONGEST_PAUSE", 0.01)


@pytest.fixture
def drain(tmp_path: Path) -> Iterator[Callable[..., Draining]]:
    """Makes drains of one folder; each is closed when the next is made, or with the test."""
    made: list[Draining] = []

    def make(cluster: Cluster, largest: int = 1 << 20) -> Draining:
        for each in made:
            each.close()
        made.append(Draining(cast("ElasticsearchStore", cluster), Spool(tmp_path / "outbox", largest)))
        return made[-1]

    yield make
    made[-1].close()


@pytest.fixture
def running() -> Iterator[Callable[[Draining], None]]:
    """Starts a drain, and ends it with the test."""
    stopping, threads = threading.Event(), list[threading.Thread]()

    def start(each: Draining) -> None:
        threads.append(threading.Thread(target=each.run, args=(stopping,)))
        threads[-1].start()

    yield start
    stopping.set()
    for thread in threads:
        thread.join()


def _until(held: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not held():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_an_outage_is_said_and_everything_arrives_in_order(
    drain: Callable[..., Draining], running: Callable[[Draining], None]
) -> None:
    cluster = Cluster()
    cluster.wrong = "elasticsearch: it is read-only"
    each = drain(cluster)
    running(each)
    for number in range(5):
        each.add([event(number)], [], [])
    _until(lambda: each.status()["store_trouble"] == cluster.wrong)
    assert each.status()["store_waiting"] == 5
    cluster.wrong = ""
    _until(lambda: each.status()["store_waiting"] == 0)
    assert [orjson.loads(line)["event.id"] for line in cluster.taken] == [event(number).id for number in range(5)]
    assert each.status()["store_trouble"] == ""


def test_copies_that_are_owed_are_tried_again(
    drain: Callable[..., Draining], running: Callable[[Draining], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is said why they wait."""
    monkeypatch.setattr(draining, "COPIES", 0.001)
    cluster = Cluster()
    cluster.wrong, cluster.owing = "elasticsearch: it is overloaded", 1
    each = drain(cluster)
    running(each)
    _until(lambda: each.status()["store_trouble"] == cluster.wrong)
    cluster.wrong = ""
    _until(lambda: cluster.owing == 0 and each.status()["store_trouble"] == "")


def test_what_waited_is_there_after_a_restart(
    drain: Callable[..., Draining], running: Callable[[Draining], None]
) -> None:
    """And is brought with the doubt whether it arrived before."""
    before = drain(Cluster())
    before.add([event(1)], [], [])
    cluster = Cluster()
    after = drain(cluster)
    running(after)
    _until(lambda: len(cluster.taken) == 1)
    assert cluster.doubts == [True]


def test_what_is_new_is_brought_without_a_doubt_and_what_failed_with_one(
    drain: Callable[..., Draining], running: Callable[[Draining], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At first after a start what comes may have been brought before a kill, too."""
    cluster = Cluster()
    first = drain(cluster)
    running(first)
    first.add([event(1)], [], [])
    _until(lambda: cluster.doubts == [True])
    _until(lambda: first.status()["store_waiting"] == 0)
    monkeypatch.setattr(draining, "DOUBT", 0.0)
    second = drain(cluster)
    running(second)
    second.add([event(2)], [], [])
    _until(lambda: cluster.doubts == [True, False])
    _until(lambda: second.status()["store_waiting"] == 0)
    cluster.wrong = "elasticsearch: it does not answer in time"
    second.add([event(3)], [], [])
    _until(lambda: len(cluster.doubts) > 3)
    assert cluster.doubts[2:4] == [False, True]


def test_what_comes_after_a_start_may_be_as_old_as_what_came_last_before_it(
    drain: Callable[..., Draining], running: Callable[[Draining], None], tmp_path: Path
) -> None:
    """A source gives again what was not confirmed to it; the cluster may have rolled over since."""
    drain(Cluster()).add([event(1)], [], [])
    long_ago = time.time_ns() - 10**15
    os.utime(tmp_path / "outbox" / "log" / "next", ns=(long_ago, long_ago))
    cluster = Cluster()
    after = drain(cluster)
    after.add([event(2)], [], [])
    running(after)
    _until(lambda: len(cluster.taken) == 2)
    assert cluster.since <= long_ago


def test_a_mistake_of_ours_ends_nothing(
    drain: Callable[..., Draining], running: Callable[[Draining], None], caplog: pytest.LogCaptureFixture
) -> None:
    """What waits is tried again, in copies too, and it is told once."""
    cluster = Cluster()
    cluster.mistake = KeyError("created")
    each = drain(cluster)
    each.add([event(1)], [], [])
    running(each)
    _until(lambda: len(cluster.doubts) > 3)
    assert each.status()["store_trouble"] == "a mistake of ours: KeyError('created')"
    assert len([line for line in caplog.records if line.message.startswith("events cannot be brought")]) == 1
    cluster.mistake = None
    _until(lambda: each.status()["store_waiting"] == 0 and each.status()["store_trouble"] == "")
    assert len(cluster.taken) == 1


def test_where_nothing_can_be_put_aside_it_waits(
    tmp_path: Path, drain: Callable[..., Draining], running: Callable[[Draining], None]
) -> None:
    """What came before it is brought, and what comes behind it is not lost."""
    spool = Spool(tmp_path / "outbox", 1 << 20)
    spool.append([*pack([("1", {"event.id": "1"})], [], 1), b"no batch", *pack([("2", {"event.id": "2"})], [], 2)])
    spool.close()
    blocking = tmp_path / "outbox" / "refused"
    blocking.write_text("no folder")
    cluster = Cluster()
    each = drain(cluster)
    running(each)
    _until(lambda: "refused" in str(each.status()["store_trouble"]))
    assert (len(cluster.taken), each.status()["store_waiting"]) == (1, 2)
    blocking.unlink()
    _until(lambda: each.status()["store_waiting"] == 0)
    assert (len(cluster.taken), each.status()["store_refused"], each.status()["store_trouble"]) == (2, 1, "")


def test_alerts_are_told_when_they_can_be_found(tmp_path: Path, running: Callable[[Draining], None]) -> None:
    """Whoever hears of an alert looks it up."""
    told: list[str] = []
    cluster = Cluster()
    cluster.wrong = "elasticsearch: it cannot be reached"
    spool = Spool(tmp_path / "outbox", 1 << 20)
    each = Draining(cast("ElasticsearchStore", cluster), spool, lambda alerts: told.extend(a.id for a in alerts))
    each.add([event(1)], [alert()], [])
    running(each)
    _until(lambda: each.status()["store_trouble"] == cluster.wrong)
    assert told == []
    cluster.wrong = ""
    _until(lambda: told == ["a1"])
    spool.close()


def test_a_full_spool_takes_nothing_and_says_why(drain: Callable[..., Draining]) -> None:
    each = drain(Cluster(), 100)
    with pytest.raises(StoreError, match="wait already"):
        each.add([event(number) for number in range(99)], [], [])


def test_a_batch_that_cannot_be_read_is_put_aside(
    tmp_path: Path, drain: Callable[..., Draining], running: Callable[[Draining], None]
) -> None:
    """Of another version, or damaged; the others go on."""
    spool = Spool(tmp_path / "outbox", 1 << 20)
    spool.append([b"no batch"])
    spool.close()
    cluster = Cluster()
    each = drain(cluster)
    each.add([event(1)], [], [])
    running(each)
    _until(lambda: len(cluster.taken) == 1)
    assert each.status()["store_refused"] == 1
    assert len(list((tmp_path / "outbox" / "refused").iterdir())) == 1
