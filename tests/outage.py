"""Events flow while the cluster is killed, away, read-only, refuses and loses a node: at the end each is there, once.

python -m tests.outage [--rate 10000] [--away 600] [--nodes 3] [--version 9]    the long form; the tests run a short one
python -m tests.outage --only refusing                                          one thing alone: away, full, refusing, lost
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from sentinel.model.event import PlainEvent, Value
from sentinel.pipeline import FIELDS
from sentinel.shipping.spool import Spool
from sentinel.store.backends.elasticsearch.address import Address, parse_address
from sentinel.store.backends.elasticsearch.documents import EVENTS
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.worker.behind import patiently
from sentinel.worker.draining import Draining
from tests import elastic

LITTLE = "64kb"  # of requests in memory, less than one of ours has
START = 1_790_000_000_000_000_000


class Flow:
    """Hands over events at a rate until told to stop."""

    def __init__(self, sink: Draining, rate: int, stopping: threading.Event) -> None:
        self._sink, self._rate, self._stopping = sink, rate, stopping
        self.accepted = 0
        self.slowest = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        due, step = time.monotonic(), max(1, self._rate // 20)
        while not self._end.is_set():
            batch = [_event(number) for number in range(self.accepted, self.accepted + step)]
            began = time.monotonic()
            patiently(functools.partial(self._sink.add, batch, [], []), self._stopping)
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.accepted += step
            due = max(due + step / self._rate, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))


def _event(number: int) -> PlainEvent:
    moment = START + number * 1000
    fields: dict[str, Value] = {
        "event.action": "flow.ended", "source.ip": f"10.45.{number >> 8 & 255}.{number & 255}",
        "destination.ip": "10.11.3.20", "destination.port": 443, "network.transport": "tcp", "network.bytes": number,
        "fiveg.supi": f"99970{number % 1000:010}", "fiveg.gnb.id": str(number % 7), "fiveg.dnn": "internet",
    }  # fmt: skip
    return PlainEvent("flow.ended", moment, f"{moment:016x}-{number:08x}", "outage", number, fields)


class Trial:
    """A cluster of our own, a store on it, and what happens to both."""

    def __init__(self, folder: Path, nodes: list[elastic.Node], rate: int) -> None:
        self.nodes, self._rate = nodes, rate
        self.store = ElasticsearchStore(_address(nodes), SqliteStore(folder / "events.db"), FIELDS)
        self.draining = Draining(self.store, Spool(folder / "outbox", 64 << 30))
        self.said: list[str] = []

    def run(self, acts: Callable[[Trial], None]) -> tuple[int, int, int]:
        """Events that were accepted, documents that are there, and how many of them are different."""
        stopping = threading.Event()
        drains = threading.Thread(target=self.draining.run, args=(stopping,))
        drains.start()
        try:
            with Flow(self.draining, self._rate, stopping) as flow:
                acts(self)
            print(f"accepted {flow.accepted}, the slowest hand-over took {flow.slowest * 1000:.0f} ms", flush=True)
            self.until(lambda: self.waiting == 0, 3600)
        finally:
            stopping.set()
            drains.join()
            self.draining.close()
        self.store.refresh()
        names = list(ids(self.store))
        self.store.close()
        return flow.accepted, len(names), len(set(names))

    @property
    def waiting(self) -> int:
        return int(str(self.draining.status()["store_waiting"]))

    @property
    def trouble(self) -> str:
        """What is said now; it is noted by whoever reads it, as the next look may find another."""
        trouble = str(self.draining.status()["store_trouble"])
        if trouble and trouble not in self.said:
            self.said.append(trouble)
            print(f"said: {trouble}", flush=True)
        return trouble

    def until(self, held: Callable[[], bool], seconds: float = 120) -> None:
        """Wait for something, and note what is said meanwhile."""
        end = time.monotonic() + seconds
        while not held():
            assert time.monotonic() < end, f"it did not come to that: {self.trouble}"
            time.sleep(0.05)

    def block(self, on: bool | None) -> None:
        """What Elasticsearch itself does when a disk is full."""
        self.store.client.indices.put_settings(
            index=self.store.stream(EVENTS), settings={"index.blocks.read_only_allow_delete": on}
        )


def ids(store: ElasticsearchStore) -> Iterator[str]:
    """The ids of all documents, also of those that are there twice."""
    after: list[Any] = []
    pit = store.client.open_point_in_time(index=store.stream(EVENTS), keep_alive="5m")["id"]
    while True:
        more: dict[str, Any] = {"search_after": after} if after else {}
        answer = store.client.search(
            pit={"id": pit, "keep_alive": "5m"},
            size=10_000,
            sort=["_shard_doc"],
            source={"includes": ["event.id"]},
            track_total_hits=False,
            **more,
        )
        hits = answer["hits"]["hits"]
        yield from (hit["_source"]["event.id"] for hit in hits)
        if not hits:
            return
        after = hits[-1]["sort"]


def _address(nodes: list[elastic.Node]) -> Address:
    hosts = ",".join(node.url.partition("://")[2] for node in nodes)
    scheme = nodes[0].url.partition("://")[0]
    return parse_address(f"elasticsearch+{scheme}://{hosts}/outage", nodes[0].ca, f"{elastic.USER}:{elastic.PASSWORD}")


def away(trial: Trial, seconds: float) -> None:
    """All nodes are killed, stay away, and come back."""
    for node in trial.nodes:
        node.stop(signal.SIGKILL)
    trial.until(lambda: "reached" in trial.trouble, 300)
    time.sleep(seconds)
    _launched(trial, trial.nodes)


def full(trial: Trial, seconds: float) -> None:
    """The disk of the cluster is full, and then is not any more."""

    def noticed() -> bool:
        trial.block(on=True)  # again and again: a node that finds room on its disk takes it away
        time.sleep(1)
        return "read-only" in trial.trouble

    trial.until(noticed, 300)
    time.sleep(seconds)
    trial.block(on=None)


def refusing(trial: Trial, seconds: float) -> None:
    """The nodes themselves answer 429: they may hold less in memory than a bulk request of ours has."""
    before = [node.command for node in trial.nodes]
    for node in trial.nodes:
        node.stop(signal.SIGKILL)
        node.command = [*node.command, "-E", f"indexing_pressure.memory.limit={LITTLE}"]
    _launched(trial, trial.nodes)
    trial.until(lambda: "429" in trial.trouble, 300)
    time.sleep(seconds)
    for node, command in zip(trial.nodes, before, strict=True):
        node.stop(signal.SIGKILL)
        node.command = command
    _launched(trial, trial.nodes)


def lost(trial: Trial, seconds: float) -> None:
    """One of several nodes is killed, and comes back."""
    trial.nodes[-1].stop(signal.SIGKILL)
    time.sleep(seconds)
    _launched(trial, trial.nodes[-1:])


def _launched(trial: Trial, nodes: Sequence[elastic.Node]) -> None:
    for node in nodes:
        node.launch()
    for node in nodes:
        node.wait(len(trial.nodes))


ACTS: Mapping[str, Callable[[Trial, float], None]] = {"away": away, "full": full, "refusing": refusing, "lost": lost}


def acts(seconds: float, between: float, only: Sequence[str] = ()) -> Callable[[Trial], None]:
    """What happens to a cluster, one after the other; what needs several nodes only where there are several."""

    def act(trial: Trial) -> None:
        for name in only or [each for each in ACTS if each != "lost" or len(trial.nodes) > 1]:
            time.sleep(between)
            print(f"{name}: {(ACTS[name].__doc__ or '').lower()}", flush=True)
            ACTS[name](trial, seconds if name == "away" else between)
            trial.until(lambda: not trial.trouble, 600)
        time.sleep(between)

    return act


@contextlib.contextmanager
def trial(rate: int, nodes: int = 1, version: str = "9") -> Iterator[Trial]:
    """A trial on fresh nodes."""
    folder = Path(tempfile.mkdtemp(prefix="sentinel-outage-"))
    folder.chmod(0o755)
    started = list[elastic.Node]()
    try:
        started += elastic.cluster(folder, version, nodes, security=nodes == 1)
        yield Trial(folder, started, rate)
    finally:
        for node in started:
            node.stop()
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--away", type=float, default=600, help="seconds for which all nodes are away")
    parser.add_argument("--between", type=float, default=20, help="seconds of everything else, and of peace")
    parser.add_argument("--only", choices=ACTS, action="append", default=[], help="what happens  [default: all of it]")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--version", choices=elastic.CARRIERS, default="9")
    told = parser.parse_args()
    with trial(told.rate, told.nodes, told.version) as each:
        accepted, there, different = each.run(acts(told.away, told.between, told.only))
    print(f"accepted {accepted}, documents {there}, different {different}")
    assert accepted == there == different


if __name__ == "__main__":
    main()
