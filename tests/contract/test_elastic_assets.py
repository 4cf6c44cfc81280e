"""What is shipped for an Elasticsearch: the roles are enough and no more, the objects for Kibana are whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from elasticsearch import AuthorizationException, Elasticsearch

from sentinel.config import shipped
from sentinel.errors import StoreError
from sentinel.model.alert import AlertState
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch import mappings
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.documents import ALERTS, EVENTS, unpack
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Change, Span
from sentinel.store.query import Everything
from tests.contract.test_store import alert, event
from tests.stores import Prompt, fresh

ASSETS = shipped("deploy") / "elastic"
OBJECTS = [json.loads(line) for line in (ASSETS / "kibana.ndjson").read_text().splitlines()]


def test_every_object_that_is_referred_to_is_there() -> None:
    there = {(each["type"], each["id"]) for each in OBJECTS}
    assert {(r["type"], r["id"]) for each in OBJECTS for r in each["references"]} <= there


def test_columns_are_fields_that_are_mapped() -> None:
    mapped = {
        name for part in mappings.components(FIELDS).values() for name in part.get("mappings", {}).get("properties", ())
    }
    assert {column for each in OBJECTS for column in each["attributes"].get("columns", ())} <= mapped


def _with_role(address: Address, name: str) -> Address:
    """The address for who has a key with nothing but a role of ours."""
    role = json.loads((ASSETS / "roles" / f"{name}.json").read_text())
    role.pop("description")
    client = address.client()
    key = client.security.create_api_key(name=name, role_descriptors={name: role})
    client.close()
    return replace(address, secret=f"ApiKey {key['encoded']}")


@pytest.mark.elasticsearch
def test_the_service_can_do_its_work_and_no_more(elasticsearch: Address, tmp_path: Path) -> None:
    """It stores, searches and works on alerts; it deletes nothing, changes no event and no template."""
    place = fresh(elasticsearch)
    for role in ("sentinel-operator", "sentinel-service"):
        store = Prompt(_with_role(place, role), SqliteStore(tmp_path / "events.db"), FIELDS)
        store.connect()
    for _ in range(2):
        store.add([event(1), event(2)], [alert()], [])
    assert len(store.events("", Span(), 5).rows) == len(list(store.scan(Everything(), None, Span()))) == 2
    store.triage("a1", Change(state=AlertState.ACKNOWLEDGED), "ann", 5, 0)
    assert store.alerts(AlertFilter(), 5).rows[0].triage.state is AlertState.ACKNOWLEDGED
    store.bring_copies()
    store.refresh()
    copies = store.client.search(index=store.stream(ALERTS), sort=["sentinel.alert.version"])["hits"]["hits"]
    assert [(hit["_id"], hit["_source"]["sentinel.alert.state"]) for hit in copies] == [
        ("a1", "new"),
        ("a1-1", "acknowledged"),
    ]
    _again_after_a_rollover(store, place)
    _refused(store.client, store)
    store.close()


def _again_after_a_rollover(store: Prompt, place: Address) -> None:
    """What it does not know to be there is looked for in the index before."""
    client = place.client()
    client.indices.rollover(alias=store.stream(EVENTS))
    client.close()
    (octets,) = store.prepare([event(2), event(3)], [], [])
    store.send(unpack(octets), doubtful=True)
    store.refresh()
    assert store.client.count(index=store.stream(EVENTS))["count"] == 3


def _refused(client: Elasticsearch, store: Prompt) -> None:
    stream = store.stream(EVENTS)
    backing = client.indices.resolve_index(name=stream)["data_streams"][0]["backing_indices"]
    index = backing if isinstance(backing, str) else backing[0]
    attempts: list[Callable[[], object]] = [
        lambda: client.indices.delete(index=index),
        lambda: client.delete(index=index, id=event(1).id),
        lambda: client.index(index=index, id=event(1).id, document={"a": 1}, if_seq_no=0, if_primary_term=1),
        lambda: client.delete_by_query(index=stream, query={"match_all": {}}),
        lambda: client.indices.put_index_template(name="sentinel-event", index_patterns=["x"]),
        lambda: client.search(index="logs-somebody-else"),
    ]
    for attempt in attempts:
        with pytest.raises(AuthorizationException):
            attempt()


@pytest.mark.elasticsearch
def test_who_may_not_put_templates_is_told_who_may(elasticsearch: Address, tmp_path: Path) -> None:
    """A service that is newer than the templates of its cluster."""
    newer = {**FIELDS, **{f"fiveg.later_{n}": FIELDS["fiveg.dnn"] for n in range(50)}}
    store = Prompt(fresh(_with_role(elasticsearch, "sentinel-service")), SqliteStore(tmp_path / "events.db"), newer)
    with pytest.raises(StoreError, match="sentinel store init"):
        store.connect()
    store.close()


@pytest.mark.elasticsearch
def test_the_operator_can_prepare_a_cluster(elasticsearch: Address, tmp_path: Path) -> None:
    store = Prompt(fresh(_with_role(elasticsearch, "sentinel-operator")), SqliteStore(tmp_path / "events.db"), FIELDS)
    store.connect()
    store.add([event(1)], [], [])
    store.client.indices.rollover(alias=store.stream(EVENTS))
    store.close()
