"""Stores: what is taken a second, beside Elasticsearch's own bulk helper on the same node, and what a question costs.

python -m tests.bench.bench_store [--events 100000] [--questions-on 200000]      10000000 is what a large site has
python -m tests.bench.bench_store --kept FOLDER --questions-on 10000000    questions to a node that stays in the folder

The user of the node (`nobody`, where root starts it) has to be able to enter the folder; what it lacks of the events is
filled in first.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from elasticsearch import helpers

from sentinel.model.document import event_document
from sentinel.model.event import PlainEvent, Value
from sentinel.pipeline import FIELDS
from sentinel.shipping.spool import Spool
from sentinel.store.backends.elasticsearch.address import Address, parse_address
from sentinel.store.backends.elasticsearch.documents import EVENTS, pack, unpack
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Document, Span, Store
from sentinel.worker.draining import Draining
from tests import elastic
from tests.contract.test_store import alert

T = TypeVar("T")
GROUP = 2000  # events of a batch
ROUNDS = 3
ASKED = 20  # times each question is put, at other moments
START = 1_790_000_000_000_000_000
KINDS = ("ngap.initial_ue_message", "nas.registration_request", "pfcp.session_establishment_request", "gtpu.tunnel_started",
         "flow.started", "flow.ended", "dns.query", "modbus.write")  # fmt: skip


def events(count: int, first: int = 0) -> Iterator[list[PlainEvent]]:
    """Events of a plant, a millisecond apart, in batches."""
    for start in range(first, first + count, GROUP):
        yield [_event(number) for number in range(start, min(start + GROUP, first + count))]


def _event(number: int) -> PlainEvent:
    chance = random.Random(number)
    moment, kind = START + number * 1_000_000, KINDS[number % len(KINDS)]
    fields: dict[str, Value] = {
        "event.action": kind, "source.ip": f"10.45.{chance.randrange(40)}.{chance.randrange(256)}",
        "source.port": chance.randrange(1024, 65536), "destination.ip": f"10.11.6.{chance.randrange(60)}",
        "destination.port": chance.choice((53, 443, 502, 2404)), "network.transport": "udp", "network.type": "ipv4",
        "network.bytes": chance.randrange(1 << 20), "network.packets": chance.randrange(1000),
        "fiveg.supi": f"99970{chance.randrange(5000):010}", "fiveg.gnb.id": str(chance.randrange(20)), "fiveg.dnn": "ot",
        "fiveg.plmn": ("99970",), "fiveg.gtpu.teid": f"0x{chance.randrange(1 << 32):08x}", "fiveg.identity_source": "N4",
    }  # fmt: skip
    return PlainEvent(kind, moment, f"{moment:016x}-{number:08x}", "eth1", number, fields)


QUESTIONS: Sequence[tuple[str, Callable[[Store, Span, int], object]]] = (
    ("the newest events", lambda store, span, _: store.events("", Span(), 50)),
    ("an hour of events", lambda store, span, _: store.events("", span, 50)),
    ("events of a terminal", lambda store, span, n: store.events(f"fiveg.supi:99970{n % 5000:010}", Span(), 50)),
    ("of an address, an hour", lambda store, span, n: store.events(f"source.ip:10.45.{n % 40}.{n % 256}", span, 50)),
    ("of a network and a kind", lambda store, span, n: store.events(f"source.ip:10.45.{n % 40}.0/24 event.action:modbus.*", Span(), 50)),
    ("a word, an hour", lambda store, span, n: store.events(f"10.11.6.{n % 60}", span, 50)),
    ("a word, at any time", lambda store, span, n: store.events(f"10.11.6.{n % 60}", Span(), 50)),
    ("a rare word, any time", lambda store, span, n: store.events(str(_event(n).fields["fiveg.gtpu.teid"])[2:], Span(), 50)),
    ("a word that is nowhere", lambda store, span, n: store.events(f"nowhere{n}", Span(), 50)),
    ("two letters, an hour", lambda store, span, n: store.events("ot", span, 50)),
    ("histogram of a word, an hour", lambda store, span, n: store.event_histogram(f"10.11.6.{n % 60}", span, 60)),
    ("histogram of all", lambda store, span, n: store.event_histogram("", Span(), 60)),
    ("histogram of an hour", lambda store, span, _: store.event_histogram("", span, 60)),
    ("one event", lambda store, span, n: store.event(_event(n).id)),
    ("the queue", lambda store, span, _: store.alerts(AlertFilter(), 50)),
    ("counts of the queue", lambda store, span, _: store.alert_counts(AlertFilter())),
)  # fmt: skip


@contextlib.contextmanager
def _place() -> Iterator[tuple[Path, Address]]:
    folder = Path(tempfile.mkdtemp(prefix="sentinel-bench-"))
    folder.chmod(0o755)
    nodes = list[elastic.Node]()
    try:
        nodes += elastic.cluster(folder)
        secret = f"{elastic.USER}:{elastic.PASSWORD}"
        yield folder, parse_address(f"elasticsearch+{nodes[0].url}", nodes[0].ca, secret)
    finally:
        for node in nodes:
            node.stop()
        shutil.rmtree(folder)


def _rate(work: Callable[[], object], count: int, clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    work()
    return count / (clock() - began)


def _each(do: Callable[[T], object], several: Sequence[T]) -> None:
    for each in several:
        do(each)


def _ours(store: ElasticsearchStore, made: Sequence[tuple[str, Document]]) -> None:
    """From documents on, as the helper does: made into batches as they would be on disk, and sent."""
    for start in range(0, len(made), GROUP):
        for octets in pack(made[start : start + GROUP], [], start + 1):
            store.send(unpack(octets))


def _bulk(folder: Path, address: Address, count: int) -> None:
    """In turns, each round into streams of its own."""
    made = [(event.id, event_document(event)) for batch in events(count) for event in batch]
    plain, ours = list[float](), list[float]()
    for number in range(ROUNDS):
        for name, rates in (("plain", plain), ("ours", ours)):
            store = _store(folder, replace(address, namespace=f"{name}_{number}"))
            store.connect()
            stream = store.stream(EVENTS)
            if name == "plain":
                actions = [{"_op_type": "create", "_index": stream, "_id": i, **dict(d)} for i, d in made]
                client = replace(address).client()
                rates.append(_rate(lambda: helpers.bulk(client, actions), count))  # noqa: B023  # at once
                client.close()
            else:
                rates.append(_rate(lambda: _ours(store, made), count))  # noqa: B023
            store.refresh()
            assert store.client.count(index=stream)["count"] == count
            store.close()
    one, other = statistics.median(ours), statistics.median(plain)
    print(
        f"bulk: {one:,.0f} events/s; the client's helper {other:,.0f}; ratio {one / other:.2f} (rounds {[f'{a / b:.2f}' for a, b in zip(ours, plain, strict=True)]})",
        flush=True,
    )


def _store(folder: Path, address: Address) -> ElasticsearchStore:
    return ElasticsearchStore(address, SqliteStore(folder / f"{address.namespace}.db"), FIELDS)


def _embedded(folder: Path, count: int) -> None:
    made, rates = list(events(count)), list[float]()
    for number in range(ROUNDS):
        store = SqliteStore(folder / f"ingest-{number}.db")
        rates.append(_rate(lambda: _each(lambda batch: store.add(batch, [], []), made), count, time.process_time))  # noqa: B023  # at once
        store.close()
    print(
        f"SQLite, durable in groups of {GROUP}: {statistics.median(rates):,.0f} events for a second of CPU time",
        flush=True,
    )


def _spool(folder: Path, address: Address, count: int) -> None:
    made, whole, alone = list(events(count)), list[float](), list[float]()
    for number in range(ROUNDS):
        store = _store(folder, replace(address, namespace=f"spool_{number}"))
        drain = Draining(store, Spool(folder / f"outbox-{number}", 8 << 30))
        whole.append(_rate(lambda: _each(lambda batch: drain.add(batch, [], []), made), count, time.process_time))  # noqa: B023  # at once
        drain.close()
        octets = [each for batch in made for each in store.prepare(batch, [], [])]
        spool = Spool(folder / f"bare-{number}", 8 << 30)
        alone.append(_rate(lambda: [spool.append([each]) for each in octets], count, time.process_time))  # noqa: B023
        spool.close()
        store.close()
    print(
        f"spool, made and durable in groups of {GROUP}: {statistics.median(whole):,.0f} events for a second of CPU time; on disk alone {statistics.median(alone):,.0f}",
        flush=True,
    )


def _questions(folder: Path, address: Address, count: int) -> None:
    embedded, cluster = SqliteStore(folder / "questions.db"), _store(folder, replace(address, namespace="questions"))
    _fill([embedded, cluster], 0, count)
    cluster.refresh()
    print(f"questions on {count:,} events, p50 and p95 of {ASKED} in ms: SQLite, Elasticsearch", flush=True)
    _put([embedded, cluster], count)
    embedded.close()
    cluster.close()


def _fill(stores: Sequence[Store], there: int, count: int) -> None:
    """The events that are not there, and ten thousand alerts."""
    told = [alert(f"alert-{n}", last=START + n) for n in range(10_000)]
    for store in stores:
        for start in range(0, len(told), 500):
            store.add([], told[start : start + 500], [])
    for batch in events(count - there, there):
        for store in stores:
            store.add(batch, [], [])


def _put(stores: Sequence[Store], count: int) -> None:
    """Put all questions, and print how long answers took."""
    for what, ask in QUESTIONS:
        times = [[_asked(ask, store, count, n) * 1000 for n in range(ASKED + 3)][3:] for store in stores]
        cells = [f"{statistics.median(each):9.1f} {statistics.quantiles(each, n=20)[-1]:9.1f}" for each in times]
        print(f"  {what:29} {'   '.join(cells)}", flush=True)


def _kept(folder: Path, count: int) -> None:
    """Questions to a node that stays."""
    node = elastic.again(folder) if (folder / "n0").is_dir() else elastic.cluster(folder)[0]
    secret = f"{elastic.USER}:{elastic.PASSWORD}"
    store = _store(folder, parse_address(f"elasticsearch+{node.url}/questions", node.ca, secret))
    try:
        store.client.options(request_timeout=300).cluster.health(wait_for_status="yellow", timeout="290s")
        store.connect()
        found = store.client.count(index=store.stream(EVENTS), ignore_unavailable=True)
        _fill([store], int(found["count"]), count)
        store.refresh()
        for _, ask in QUESTIONS:  # a node that just started compiles what it runs
            _ = [_asked(ask, store, count, n) for n in range(100, 100 + ASKED)]
        print(f"questions on {count:,} events in Elasticsearch, p50 and p95 of {ASKED} in ms", flush=True)
        _put([store], count)
    finally:
        store.close()
        node.stop(signal.SIGTERM)


def _asked(ask: Callable[[Store, Span, int], object], store: Store, count: int, number: int) -> float:
    chance = random.Random(number)
    since = START + chance.randrange(max(1, count - 3_600_000)) * 1_000_000
    began = time.perf_counter()
    ask(store, Span(since, since + 3600 * 10**9), chance.randrange(count))
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--questions-on", type=int, default=200_000)
    parser.add_argument("--kept", type=Path, help="folder of a node that stays")
    told = parser.parse_args()
    if told.kept:
        _kept(told.kept, told.questions_on)
        return
    with _place() as (folder, address):
        _embedded(folder, told.events)
        _spool(folder, address, told.events)
        _bulk(folder, address, told.events)
        _questions(folder, address, told.questions_on)


if __name__ == "__main__":
    main()
