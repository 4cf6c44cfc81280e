"""Whether documents are in a data stream already, asked of those backing indices alone that can hold them.

Ids are unique within a backing index only. An index is written until the next one is made, so one whose follower is older
than a document cannot hold that: an index of last month that lost its shards, or was closed, holds up nothing of today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from elasticsearch import Elasticsearch

from sentinel.errors import StoreError
from sentinel.store.backends.elasticsearch.failures import translated

CLOCKS = 3600 * 10**9  # nanoseconds by which the cluster's clock and ours may differ
_MILLISECOND = 1_000_000
_AT_ONCE = 1000
_NAMED = 20  # indices in one request: their names stand in its first line, which has 4 KiB
_GONE = "index_not_found_exception"


def made(client: Elasticsearch, indices: Sequence[str]) -> list[tuple[int, str]]:
    """When each of these backing indices was made, in nanoseconds, in order; raises `StoreError`."""
    settings: dict[str, Any] = {}
    for start in range(0, len(indices), _NAMED):
        some = list(indices[start : start + _NAMED])
        with translated():
            settings |= client.indices.get_settings(index=some, name="index.creation_date").body
    return sorted(
        (int(each["settings"]["index"]["creation_date"]) * _MILLISECOND, name) for name, each in settings.items()
    )


def backing(client: Elasticsearch, streams: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Those of the streams that exist, and their backing indices; raises `StoreError`."""
    with translated():
        answer = client.indices.resolve_index(name=[f"{stream}*" for stream in streams], expand_wildcards="all")
    found = {each["name"]: each["backing_indices"] for each in answer["data_streams"] if each["name"] in streams}
    return {name: several(indices) for name, indices in found.items()}


def several(indices: str | Sequence[str]) -> Sequence[str]:
    """The backing indices of a stream; of a single one Elasticsearch says the name alone."""
    return [indices] if isinstance(indices, str) else indices


def found_earlier(client: Elasticsearch, stream: str, names: Sequence[str], since: int) -> set[str]:
    """Which documents are there; raises `StoreError` that names an index that may hold one and cannot be read.

    `since` is when they can have been written at the earliest, in nanoseconds.
    """
    there = set[str]()
    for index in _written(client, stream, since - CLOCKS):
        left = [name for name in names if name not in there]
        for start in range(0, len(left), _AT_ONCE):
            there |= _of(client, index, left[start : start + _AT_ONCE])
    return there


def _written(client: Elasticsearch, stream: str, since: int) -> list[str]:
    """Backing indices that were written since a moment: the current one, and those whose follower is not older."""
    indices = backing(client, [stream]).get(stream, ())
    if len(indices) < 2:
        return list(indices)
    ordered = made(client, indices)
    return [name for (_, name), (end, _) in pairwise(ordered) if end >= since] + [ordered[-1][1]]


def _of(client: Elasticsearch, index: str, names: Sequence[str]) -> set[str]:
    with translated():
        answer = client.mget(index=index, ids=names, source=False, filter_path=["docs._id", "docs.found", "docs.error"])
    for each in answer["docs"]:
        error: Mapping[str, Any] = each.get("error") or {}
        if error and error.get("type") != _GONE:
            raise StoreError(f"elasticsearch: events that wait may be in `{index}` already, and it cannot be read "
                             f"({error.get('reason') or error.get('type')}); bring it back, or delete it")  # fmt: skip
    return {each["_id"] for each in answer["docs"] if each.get("found")}
