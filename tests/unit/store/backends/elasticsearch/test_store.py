"""The store on a real node, beyond the contract: what can be wrong with it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.model.event import PlainEvent
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch import mappings
from sentinel.store.backends.elasticsearch.address import Address, parse_address
from sentinel.store.backends.elasticsearch.documents import ALERTS, DEAD_LETTERS, EVENTS, unpack
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from tests.contract.test_store import alert, event
from tests.stores import Prompt, fresh

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def store(elasticsearch: Address, tmp_path: Path) -> Iterator[Prompt]:
    made = Prompt(fresh(elasticsearch), SqliteStore(tmp_path / "events.db"), FIELDS)
    yield made
    made.close()


def _said(address: Address, tmp_path: Path) -> str:
    """What is wrong with a cluster."""
    store = ElasticsearchStore(address, SqliteStore(tmp_path / "events.db"), FIELDS)
    with pytest.raises(StoreError) as caught:
        store.add([event(1)], [], [])
    store.close()
    return str(caught.value)


def test_a_wrong_password_is_said(elasticsearch: Address, tmp_path: Path) -> None:
    said = _said(replace(elasticsearch, secret="sentinel:wrong-one"), tmp_path)
    assert "does not take our name and password" in said
    assert "wrong-one" not in said


def test_a_certificate_of_somebody_else_is_said(elasticsearch: Address, tmp_path: Path) -> None:
    if not elasticsearch.hosts[0].startswith("https"):
        pytest.skip("the cluster that was named has no TLS")
    assert "certificate is not to be trusted" in _said(replace(elasticsearch, ca=None), tmp_path)


def test_a_node_that_is_away_is_said(tmp_path: Path) -> None:
    assert "cannot be reached" in _said(parse_address("elasticsearch+http://127.0.0.1:1"), tmp_path)


def test_a_document_that_the_mapping_refuses_goes_aside(store: Prompt) -> None:
    """An event of a time that no date has; the others are stored."""
    late = PlainEvent("flow.started", 2**63, f"{2**63:016x}-00", "a.pcap", 1, {"event.action": "flow.started"})
    wrong = replace(
        late, time=5, id=f"{5:016x}-00", fields={"event.action": "flow.started", "fiveg.nas.ciphered": "maybe"}
    )
    store.add([event(1), wrong, event(3)], [], [])
    assert [row["event.sequence"] for row in store.events("", Span(), 10).rows] == [3, 1]
    (letter,) = store.client.search(index=store.stream(DEAD_LETTERS))["hits"]["hits"]
    assert letter["_source"]["event.id"] == wrong.id
    assert "fiveg.nas.ciphered" in letter["_source"]["error.message"]
    assert store.refused == 1


def test_a_rollover_makes_no_duplicates(store: Prompt) -> None:
    """Ids are unique in a backing index only: whoever is in doubt looks first."""
    (octets,) = store.prepare([event(1), event(2)], [alert()], [])
    batch = unpack(octets)
    store.send(batch)
    store.client.indices.rollover(alias=store.stream(EVENTS))
    store.client.indices.rollover(alias=store.stream(ALERTS))
    store.send(batch, doubtful=True)
    store.refresh()
    for dataset, count in ((EVENTS, 2), (ALERTS, 1)):
        assert store.client.count(index=store.stream(dataset))["count"] == count


def test_older_templates_are_made_newer(store: Prompt) -> None:
    """And none is put where ours stands already."""
    store.connect()
    found = store.client.indices.get_index_template(name="sentinel-event")["index_templates"][0]["index_template"]
    assert found["version"] >= mappings.version(FIELDS)
    assert found["data_stream"]


def test_an_alert_is_copied_once_for_kibana(store: Prompt) -> None:
    """Its first revision, as an alert by ECS."""
    for count in (1, 5):
        store.add([], [alert(count=count)], [])
    (copy,) = store.client.search(index=store.stream(ALERTS))["hits"]["hits"]
    assert (copy["_source"]["event.kind"], copy["_source"]["rule.name"]) == ("alert", "gtp-in-gtp")
