"""Templates in a cluster: put there once, and by those who may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sentinel.model.event import Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch import install, mappings
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.documents import EVENTS
from sentinel.store.backends.elasticsearch.install import index_anew, installed, version
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Span
from tests.contract.test_store import alert, event
from tests.stores import Prompt, fresh


@pytest.mark.elasticsearch
def test_installing_twice_is_installing_once(elasticsearch: Address) -> None:
    client, index = elasticsearch.client(), f"sentinel-alerts-{fresh(elasticsearch).namespace}"
    assert version(client, index) == 0
    for _ in range(2):
        installed(client, index, FIELDS)
        assert version(client, index) == mappings.version(FIELDS)
    client.close()


@pytest.mark.elasticsearch
def test_a_field_more_is_mapped_and_found_in_what_is_there(elasticsearch: Address, tmp_path: Path) -> None:
    """An update of the catalogue; documents of before are found by it once they are indexed anew."""
    store = Prompt(fresh(elasticsearch), SqliteStore(tmp_path / "events.db"), FIELDS)
    store.add([event(1, fiveg__brand_new="Yes")], [], [])
    newer = {**FIELDS, "fiveg.brand_new": FieldSpec(FieldType.KEYWORD, "new", "新")}
    later = Prompt(store.address, SqliteStore(tmp_path / "events.db"), newer)
    later.add([event(2, fiveg__brand_new="yes")], [], [])
    query = {"term": {"fiveg.brand_new": {"value": "yes", "case_insensitive": True}}}
    assert later.client.count(index=later.stream(EVENTS), query=query)["count"] == 1
    index_anew(later.client)
    assert later.client.count(index=later.stream(EVENTS), query=query)["count"] == 2
    store.close()
    later.close()


def _earlier() -> dict[str, Any]:
    """The parts of templates before values were indexed by their parts: all of them in `TEXT`."""
    made = mappings.components(FIELDS)
    del made["sentinel-fields"]["settings"]
    fields = made["sentinel-fields"]["mappings"]
    del fields["properties"][mappings.WORDS]
    for each in fields["properties"].values():
        if each.pop("copy_to", None):
            each["copy_to"] = mappings.TEXT
    del fields["properties"][mappings.TEXT]["copy_to"]
    fields["_meta"] = {mappings.META: 200_001}
    return made


@pytest.mark.elasticsearch
def test_words_are_found_before_and_after_an_update_and_when_all_is_indexed_anew(
    elasticsearch: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier version indexed is asked as it did; then all of it by its parts."""
    address, beside = fresh(elasticsearch), tmp_path / "events.db"
    with monkeypatch.context() as before:
        parts = _earlier()
        before.setattr(mappings, "components", lambda _: parts)
        before.setattr(mappings, "version", lambda _: 200_001)
        before.setattr(install, "_templates", lambda _: 0)
        store = Prompt(address, SqliteStore(beside), FIELDS)
        store.add([event(1, fiveg__dnn="Factory-Floor", fiveg__suci__scheme=3)], [alert()], [])
        store.close()
    later = Prompt(address, SqliteStore(beside), FIELDS)
    later.add([event(2, fiveg__dnn="factory-FLOOR")], [alert("a2")], [])
    assert _found(later) == ([2, 1], ["a2", "a1"])
    asked = {"match_phrase": {mappings.WORDS: {"query": "ory-flo"}}}
    assert later.client.count(index=later.stream(EVENTS), query=asked)["count"] == 1
    index_anew(later.client)
    assert later.client.count(index=later.stream(EVENTS), query=asked)["count"] == 2
    assert _found(later) == ([2, 1], ["a2", "a1"])
    later.close()


def _found(store: Prompt) -> tuple[list[Value], list[str]]:
    rows = [row["event.sequence"] for row in store.events("tory-floo", Span(), 9).rows]
    return rows, [each.alert.id for each in store.alerts(AlertFilter(text="in-gt"), 9).rows]
