"""Snapshots by the cluster itself: everything comes back where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch import snapshots
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.sqlite import SqliteStore
from tests.contract.test_store import alert, event
from tests.stores import Prompt, fresh

pytestmark = pytest.mark.elasticsearch


def test_a_snapshot_is_taken_and_not_put_over_what_is_there(elasticsearch: Address, tmp_path: Path) -> None:
    store = Prompt(fresh(elasticsearch), SqliteStore(tmp_path / "events.db"), FIELDS)
    store.add([event(1)], [alert()], [])
    repository = f"r{store.address.namespace}"
    try:
        store.client.snapshot.create_repository(
            name=repository, repository={"type": "fs", "settings": {"location": repository}}
        )
    except Exception as error:  # a cluster that was named may have no folder for them
        pytest.skip(f"the cluster has no folder for snapshots: {error}")
    name = snapshots.take(store, repository)
    with pytest.raises(StoreError, match="not empty"):
        snapshots.put_back(store, repository, name)
    store.close()
