"""The service is killed under load, again and again: every event of the capture is in the cluster, and none is there twice.

python -m tests.kills [--kills 50] [--packets 200000]      the long form; the tests run a short one.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sentinel.config import shipped
from sentinel.model.alert import Alert
from sentinel.model.event import Event
from sentinel.pipeline import FIELDS, analyze, load_rules
from sentinel.site import load_site
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from tests.bench.n3_traffic import imix
from tests.e2e.test_service import SITE, answers, children, free_port, service, status, until
from tests.outage import ids, trial


class _Names:
    """A sink that remembers the ids of events."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def add(self, events: Sequence[Event], _alerts: Sequence[Alert], _proofs: Sequence[Event]) -> None:
        self.found.update(event.id for event in events if not event.kind.startswith("monitor."))


def expected(capture: Path) -> set[str]:
    """The ids of the events of a capture, as they are without a service."""
    names = _Names()
    analyze([str(capture)], load_site(Path(SITE)), load_rules(shipped("rules")), names, lambda _: None)
    return names.found


def killed(folder: Path, address: Address, capture: Path, kills: int, chance: random.Random) -> tuple[int, int, int]:
    """Run the service over a capture and kill it so many times; events that are missing, twice there, and all."""
    secret = folder / "secret"
    secret.touch(0o600)
    secret.write_text(address.secret)
    told = ["--store", str(address), "--store-secret", str(secret), "--capture", str(capture)]
    told += ["--store-ca", str(address.ca)] if address.ca else []
    data = folder / "data"
    for number in range(kills):
        began = time.time_ns()
        with service(data, *told) as process:
            until(lambda: _works(data, began), 90)  # noqa: B023  # at once
            time.sleep(chance.uniform(0, 4))
            victim = process.pid if chance.random() < 0.5 else children(process).get("worker", process.pid)
            os.kill(victim, signal.SIGKILL)
            if victim != process.pid:
                time.sleep(chance.uniform(0.5, 4))
                os.kill(process.pid, signal.SIGKILL)
        print(f"killed {number + 1}: {status(data).get('events', 0)} events", flush=True)
    port = free_port()
    with service(data, *told, port=port):
        until(lambda: answers(port), 90)
        _finish(data)
    store = ElasticsearchStore(address, SqliteStore(folder / "look.db"), FIELDS)
    store.refresh()
    there = list(ids(store))
    store.close()
    return len(expected(capture) - set(there)), len(there) - len(set(there)), len(there)


def _works(data: Path, began: int) -> bool:
    """Whether the worker of this start has taken events."""
    said = status(data)
    return int(str(said.get("since", 0))) > began and int(str(said.get("events", 0))) > 0


def _finish(data: Path, patience: float = 300) -> None:
    """Wait until all is read and nothing waits any more; what does not get on for so many seconds is stuck."""
    before: tuple[object, object] | None = None
    due = time.monotonic() + patience
    while not _done(said := status(data)):
        now = said.get("events"), said.get("store_waiting")
        if now != before:
            before, due = now, time.monotonic() + patience
            print("{} events, {} batches wait".format(*now), flush=True)
        assert time.monotonic() < due, f"it is stuck: {said}"
        time.sleep(5)


def _done(said: Mapping[str, object]) -> bool:
    return said.get("watching") is False and said.get("store_waiting") == 0 and not said.get("stopped")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--packets", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    with trial(rate=1) as each:
        capture = imix(told.packets)
        folder = each.nodes[0].folder.parent
        missing, twice, there = killed(folder, each.store.address, capture, told.kills, random.Random(told.seed))
    print(f"{told.kills} kills: {there} events in the cluster, {missing} missing, {twice} twice")
    assert (missing, twice) == (0, 0)


if __name__ == "__main__":
    main()
