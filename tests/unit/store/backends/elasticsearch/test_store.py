"""The store on a real node, beyond the contract: what can be wrong with it, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.model.alert import Triage
from sentinel.model.event import PlainEvent
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch import mappings
from sentinel.store.backends.elasticsearch.address import Address, parse_address
from sentinel.store.backends.elasticsearch.documents import ALERTS, DEAD_LETTERS, EVENTS, copy_of, unpack
from sentinel.store.backends.elasticsearch.earlier import CLOCKS
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, AlertRecord, Change, Span
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


def test_a_cluster_that_is_too_old_is_said(store: Prompt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(store.client), "info", lambda _: {"version": {"number": "7.17.22"}})
    with pytest.raises(StoreError, match=r"it is version 7\.17\.22; 8\.19 or later is needed"):
        store.connect()


def test_a_field_of_another_type_is_said(store: Prompt) -> None:
    """By name, and with what to do."""
    properties = {"network.bytes": {"type": "keyword"}}
    made = {"_meta": {mappings.META: 1}, "dynamic": False, "subobjects": False, "properties": properties}
    store.client.indices.create(
        index=store.index,
        mappings=made,
        settings={"index.mapping.total_fields.limit": 5000, "index.number_of_replicas": 0},
    )
    try:
        with pytest.raises(StoreError, match=r"a field of another type than ours \(.*network\.bytes"):
            store.connect()
    finally:
        store.client.indices.delete(index=store.index)


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


def test_a_document_that_is_too_large_is_cut_and_says_so(store: Prompt) -> None:
    """One that is just not is stored whole, and words of its end are found."""
    texts = ("x" * (4 << 20), "y" * (2 << 20) + "the end")
    store.add([event(number, fiveg__gnb__name=text) for number, text in enumerate(texts, 1)], [], [])
    assert [row["event.sequence"] for row in store.events('"the end"', Span(), 9).rows] == [2]
    cut = store.event(event(1).id)
    assert cut is not None
    assert cut["error.message"] == "too large for a document, left out: fiveg.gnb.name"
    assert store.refused == 0


def test_a_rollover_makes_no_duplicates(store: Prompt) -> None:
    """Ids are unique in a backing index only: whoever is in doubt looks first."""
    (octets,) = store.prepare([event(1), event(2)], [alert()], [])
    batch = unpack(octets)
    store.send(batch)
    store.bring_copies()
    store.client.indices.rollover(alias=store.stream(EVENTS))
    store.client.indices.rollover(alias=store.stream(ALERTS))
    store.send(batch, doubtful=True)
    again = "ctx._source['sentinel.alert.owing'] = 1; ctx._source['sentinel.alert.owed'] = [params.copy]"
    copy = copy_of(AlertRecord(alert(), Triage())).decode()
    store.client.update(index=store.index, id="a1", script={"source": again, "params": {"copy": copy}}, refresh=True)
    store.bring_copies()
    store.refresh()
    for dataset, count in ((EVENTS, 2), (ALERTS, 1)):
        assert store.client.count(index=store.stream(dataset))["count"] == count


def test_an_old_index_that_cannot_be_read_holds_up_nothing(store: Prompt) -> None:
    """One that was closed, or lost its shards, before what waits was made; but none that may have it."""
    store.add([event(1)], [], [])
    stream = store.stream(EVENTS)
    old = store.client.indices.rollover(alias=stream)["old_index"]
    store.client.indices.close(index=old)
    (octets,) = store.prepare([event(2)], [], [])
    batch = unpack(octets)
    with pytest.raises(StoreError, match=rf"may be in `{old}` already, and it cannot be read"):
        store.send(batch, doubtful=True)
    store.send(replace(batch, arrived=time.time_ns() + 2 * CLOCKS), doubtful=True)
    store.refresh()
    assert store.client.count(index=stream, ignore_unavailable=True)["count"] == 1
    store.client.indices.open(index=old)


def test_what_of_others_is_in_the_index_of_alerts_is_left_alone_and_left_out(
    store: Prompt, caplog: pytest.LogCaptureFixture
) -> None:
    """It breaks no list, no count and no copy; under the id of an alert it gives way."""
    store.add([], [alert()], [])
    for name, document in (
        ("theirs", {"@timestamp": 1, "message": "hello"}),
        ("half", {"sentinel.alert.id": "half", "sentinel.alert.last": 9, "sentinel.alert.owing": 1, "sentinel.alert.severity": 77}),
    ):  # fmt: skip
        store.client.index(index=store.index, id=name, document=document, refresh=True)
    assert [record.alert.id for record in store.alerts(AlertFilter(), 9).rows] == ["a1"]
    assert store.alert_counts(AlertFilter())["severity"] == {alert().severity.value: 1}
    assert "`half`" in caplog.text
    store.bring_copies()
    with pytest.raises(StoreError, match=r"`half` in `sentinel-alerts-.*` is no alert of ours"):
        store.alert("half")
    store.add([], [replace(alert(), id="half"), replace(alert(), id="theirs")], [])
    assert {record.alert.id for record in store.alerts(AlertFilter(), 9).rows} == {"a1", "half", "theirs"}


def test_pages_go_on_behind_what_cannot_be_read(store: Prompt) -> None:
    store.add([], [replace(alert(), id=name) for name in ("a", "b", "c")], [])
    store.client.index(index=store.index, id="bb", document={"sentinel.alert.id": "bb", "sentinel.alert.last": alert().last}, refresh=True)  # fmt: skip
    seen, cursor = list[str](), None
    for _ in range(5):
        page = store.alerts(AlertFilter(), 1, cursor)
        seen += [record.alert.id for record in page.rows]
        if (cursor := page.cursor) is None:
            break
    assert seen == ["c", "b", "a"]


def test_an_alert_that_is_refused_is_put_aside(store: Prompt) -> None:
    """And holds up no other."""
    wrong = replace(alert(), id="a2", fields={"fiveg.nas.ciphered": "maybe"})
    store.add([], [wrong, alert()], [])
    assert [record.alert.id for record in store.alerts(AlertFilter(), 9).rows] == ["a1"]
    (letter,) = store.client.search(index=store.stream(DEAD_LETTERS))["hits"]["hits"]
    assert "fiveg.nas.ciphered" in letter["_source"]["error.message"]
    assert (store.refused, letter["_id"]) == (1, f"a2-{wrong.count}-0")


def test_what_a_shard_without_a_node_keeps_back_is_said(store: Prompt) -> None:
    """In a list and in a histogram alike."""
    store.add([event(1)], [], [])
    stream, place = store.stream(EVENTS), "index.routing.allocation.require._name"
    parts = mappings.templates(1)["sentinel-event"]["composed_of"]
    store.client.indices.put_index_template(
        name=stream, index_patterns=[stream], priority=600, composed_of=parts, data_stream={},
        template={"settings": {place: "nowhere"}},
    )  # fmt: skip
    new = store.client.indices.rollover(alias=stream, wait_for_active_shards="0")["new_index"]
    page, counted = store.events("", Span(), 9), store.event_histogram("", Span(), 1)
    store.client.indices.put_settings(index=new, settings={place: None})
    assert ([row["event.sequence"] for row in page.rows], page.partial) == ([1], True)
    assert (counted.total, counted.partial) == (1, True)


def test_a_change_of_triage_owes_its_copy_until_it_is_there(store: Prompt) -> None:
    """Whatever the stream of copies takes meanwhile; each change has its own."""
    store.add([], [alert()], [])
    block = {"index.blocks.write": True}
    store.client.indices.put_settings(index=store.stream(ALERTS), settings=block)
    for version, name in enumerate(("ann", "bob")):
        store.triage("a1", Change(assignee=name), "ann", 5, version)
    store.refresh()
    with pytest.raises(StoreError):
        store.bring_copies()
    store.client.indices.put_settings(index=store.stream(ALERTS), settings={"index.blocks.write": None})
    for _ in range(2):
        store.bring_copies()
        store.refresh()
    copies = store.client.search(index=store.stream(ALERTS), sort=["sentinel.alert.version"])["hits"]["hits"]
    assert [hit["_id"] for hit in copies] == ["a1", "a1-1", "a1-2"]


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
