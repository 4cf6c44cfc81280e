"""The store of events: whether it can be reached and written, what waits for it, and how old what it keeps is."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sentinel import storage
from sentinel.config import Config
from sentinel.doctor.base import Check, Finding, Patient, State
from sentinel.errors import ConfigError, StoreError
from sentinel.store.backends.elasticsearch.install import version
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.base import Store
from sentinel.upkeep.retention import DEFAULT

_DAY = 86_400 * 1_000_000_000


class Stored(Check):
    """The embedded store, or a cluster."""

    rank = 18

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        config = Config(data=patient.data, rules=patient.data, **patient.store)
        if not config.store and not config.events_database.is_file():
            return  # nothing was ever stored
        try:
            with closing(storage.opened(config)) as store:
                yield _cluster(store) if isinstance(store, ElasticsearchStore) else _embedded(config.events_database)
                yield from _waiting(store)
        except (StoreError, ConfigError) as error:
            yield Finding("store", State.FAILED, str(error))


def _cluster(store: ElasticsearchStore) -> Finding:
    store.connect()
    health = store.client.cluster.health()
    text = f"{store.address}: {health['status']}, {health['number_of_nodes']} nodes, templates {version(store.client, store.index)}"
    if health["status"] == "red":
        return Finding("store", State.FAILED, text)
    return Finding("store", State.GOOD, text, text)


def _embedded(path: Path) -> Finding:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        oldest = connection.execute("SELECT min(day) FROM arrivals").fetchone()[0]
    days = time.time_ns() // _DAY - oldest if oldest is not None else 0
    text, text_zh = (
        f"{path.stat().st_size >> 20} MiB, since {days} days",
        f"{path.stat().st_size >> 20} MiB，已 {days} 天",
    )
    if days > DEFAULT + 1:
        more, more_zh = (
            "`sentinel store retention` deletes what is older than",
            "可用 `sentinel store retention` 删除早于",
        )
        return Finding("store", State.LACKING, f"{text}; {more} {DEFAULT}", f"{text_zh}；{more_zh} {DEFAULT} 天的数据")
    return Finding("store", State.GOOD, text, text_zh)


def _waiting(store: Store) -> Iterable[Finding]:
    """What the worker last said of it."""
    said = store.status("worker")
    if trouble := str(said.get("store_trouble", "")):
        waiting = said.get("store_waiting", 0)
        yield Finding(
            "store.waiting", State.FAILED, f"{trouble}; {waiting} batches wait", f"{trouble}；{waiting} 个批次等待写入"
        )
    if refused := said.get("store_refused", 0):
        text = f"{refused} documents were refused, with the reason in the stream of dead letters"
        yield Finding("store.refused", State.LACKING, text, f"{refused} 个文档被拒收，原因见死信数据流")
