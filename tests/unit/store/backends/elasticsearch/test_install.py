"""Templates in a cluster: put there once, and by those who may."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.model.fields import FieldSpec, FieldType
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch import mappings
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.documents import EVENTS
from sentinel.store.backends.elasticsearch.install import index_anew, installed, version
from sentinel.store.backends.sqlite import SqliteStore
from tests.contract.test_store import event
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
