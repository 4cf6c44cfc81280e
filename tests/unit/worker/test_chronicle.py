"""Records of the audit log in the cluster: each once, as they were written, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import orjson
import pytest

from sentinel.audit.ledger import Ledger
from sentinel.audit.log import Log
from sentinel.errors import StoreError
from sentinel.model.audit import Act, Action
from sentinel.model.event import Value
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.documents import AUDIT
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.worker import chronicle
from sentinel.worker.chronicle import Chronicle
from tests.stores import Prompt, fresh


class Cluster:
    """Takes records, or does not."""

    def __init__(self) -> None:
        self.away = False
        self.taken: list[tuple[str, Mapping[str, Value]]] = []
        self.doubts: list[bool] = []
        self.said: Mapping[str, Value] = {}

    def put_audit(self, documents: Sequence[tuple[str, Mapping[str, Value]]], *, since: int | None) -> None:
        if self.away:
            raise StoreError("elasticsearch: it cannot be reached")
        self.taken += documents
        self.doubts.append(since is not None)

    def status(self, _name: str) -> Mapping[str, Value]:
        return self.said

    def put_status(self, _name: str, said: Mapping[str, Value]) -> None:
        self.said = said


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """A log with five records."""
    ledger = Ledger(tmp_path / "audit")
    ledger.record(*(Act(Action.USER_ADDED, "root", f"user {n}") for n in range(5)))
    opened = Log(tmp_path / "audit")
    yield opened
    opened.close()
    ledger.close()


def test_records_come_in_order_and_once(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts, over a restart and an outage."""
    monkeypatch.setattr(chronicle, "_AT_ONCE", 2)
    cluster = Cluster()
    first = Chronicle(cast("ElasticsearchStore", cluster), tmp_path / "audit")
    assert first.bring(log) == 2
    cluster.away = True
    with pytest.raises(StoreError):
        first.bring(log)
    cluster.away = False
    second = Chronicle(cast("ElasticsearchStore", cluster), tmp_path / "audit")
    assert [second.bring(log), second.bring(log), second.bring(log)] == [2, 1, 0]
    assert [name for name, _ in cluster.taken] == [f"{n:016d}" for n in range(5)]
    assert cluster.doubts == [True, True, False]


def test_a_document_is_its_record(log: Log, tmp_path: Path) -> None:
    cluster = Cluster()
    Chronicle(cast("ElasticsearchStore", cluster), tmp_path / "audit").bring(log)
    _, document = cluster.taken[3]
    assert (document["event.action"], document["user.name"], document["sentinel.audit.target"]) == (
        "user.added",
        "root",
        "user 3",
    )
    assert str(document["sentinel.audit.record"]).encode() == log.records(3, 4)[0]
    assert orjson.loads(str(document["sentinel.audit.record"]))["number"] == document["event.sequence"] == 3


@pytest.mark.elasticsearch
def test_records_are_found_in_a_cluster(log: Log, elasticsearch: Address, tmp_path: Path) -> None:
    store = Prompt(fresh(elasticsearch), SqliteStore(tmp_path / "events.db"), FIELDS)
    Chronicle(store, tmp_path / "audit").bring(log)
    store.refresh()
    query = {"bool": {"filter": [{"term": {"user.name": "root"}}, {"term": {"sentinel.audit.target": "user 2"}}]}}
    (found,) = store.client.search(index=store.stream(AUDIT), query=query)["hits"]["hits"]
    assert found["_source"]["event.sequence"] == 2
    store.close()
