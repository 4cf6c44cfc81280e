"""Snapshots: the cluster copies our streams and the index of alerts into a repository, and puts them back."""

from __future__ import annotations

from datetime import UTC, datetime

from sentinel.errors import StoreError
from sentinel.store.backends.elasticsearch.documents import ALERTS, AUDIT, DEAD_LETTERS, EVENTS
from sentinel.store.backends.elasticsearch.failures import translated
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore

_WITHIN = 3600.0  # seconds


def take(store: ElasticsearchStore, repository: str) -> str:
    """Take a snapshot of all that is ours in this namespace; its name. Raises `StoreError`."""
    name = f"sentinel-{store.address.namespace}-{datetime.now(UTC):%Y%m%d-%H%M%S}".replace("_", "-")
    with translated():
        answer = store.client.options(request_timeout=_WITHIN).snapshot.create(
            repository=repository, snapshot=name, indices=_ours(store), include_global_state=False,
            ignore_unavailable=True, wait_for_completion=True,
        )  # fmt: skip
    state = answer["snapshot"]["state"]
    if state != "SUCCESS":
        raise StoreError(f"elasticsearch: the snapshot `{name}` in `{repository}` came to `{state}`")
    return name


def put_back(store: ElasticsearchStore, repository: str, name: str) -> None:
    """Put a snapshot back where nothing of ours is; raises `StoreError`."""
    store.prepare_templates()
    with translated():
        patterns = [f"{name}*" for name in _ours(store)]  # a name that is not there would be an error
        there = store.client.indices.resolve_index(name=patterns, expand_wildcards="all")
        if {each["name"] for kind in ("data_streams", "indices") for each in there[kind]} & set(_ours(store)):
            raise StoreError(
                f"elasticsearch: the namespace `{store.address.namespace}` is not empty; restore into another cluster"
            )
        answer = store.client.options(request_timeout=_WITHIN).snapshot.restore(
            repository=repository, snapshot=name, indices=_ours(store), include_global_state=False,
            ignore_unavailable=True, wait_for_completion=True,
        )  # fmt: skip
    if answer["snapshot"]["shards"]["failed"]:
        raise StoreError(f"elasticsearch: of the snapshot `{name}` some shards could not be restored")


def _ours(store: ElasticsearchStore) -> list[str]:
    """By their whole names: another namespace may begin like this one."""
    return [*map(store.stream, (EVENTS, ALERTS, DEAD_LETTERS, AUDIT)), store.index]
