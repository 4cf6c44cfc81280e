"""Snapshots by the cluster itself: everything comes back where nothing is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch import snapshots
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.documents import ALERTS, EVENTS
from sentinel.store.backends.sqlite import SqliteStore
from tests.contract.test_store import alert, event
from tests.stores import Prompt, fresh

pytestmark = pytest.mark.elasticsearch


def test_a_snapshot_holds_this_namespace_and_is_not_put_over_what_is_there(
    elasticsearch: Address, tmp_path: Path
) -> None:
    """And not one whose name begins like it."""
    store = Prompt(fresh(elasticsearch), SqliteStore(tmp_path / "events.db"), FIELDS)
    store.add([event(1)], [alert()], [])
    repository = f"r{store.address.namespace}"
    try:
        store.client.snapshot.create_repository(
            name=repository, repository={"type": "fs", "settings": {"location": repository}}
        )
    except Exception as error:  # a cluster that was named may have no folder for them
        pytest.skip(f"the cluster has no folder for snapshots: {error}")
    other = Prompt(
        replace(store.address, namespace=f"{store.address.namespace}2"), SqliteStore(tmp_path / "2.db"), FIELDS
    )
    other.add([event(2)], [], [])
    name = snapshots.take(store, repository)
    (taken,) = store.client.snapshot.get(repository=repository, snapshot=name)["snapshots"]
    assert sorted(taken["data_streams"]) == [store.stream(ALERTS), store.stream(EVENTS)]
    assert not any(other.address.namespace in index for index in taken["indices"])
    other.close()
    with pytest.raises(StoreError, match="not empty"):
        snapshots.put_back(store, repository, name)
    store.close()
