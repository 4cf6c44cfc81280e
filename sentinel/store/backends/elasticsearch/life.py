"""Retention in a cluster: streams roll over by age and size, and backing indices that were written long ago are deleted.

Ours, because not every cluster has index lifecycle management, and because each deletion is on record here. What counts is
when an index was last written, which is when the next one was made: a log is kept for so long after it came, whatever the
time of its events. So is an alert, after its last revision came or somebody worked on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from elasticsearch import Elasticsearch

from sentinel.store.backends.elasticsearch.alerts import WRITTEN
from sentinel.store.backends.elasticsearch.earlier import backing, made
from sentinel.store.backends.elasticsearch.failures import translated

AGE, SIZE = "1d", "50gb"  # of a backing index, in one primary shard
_WITHIN = 3600.0  # seconds in which alerts are deleted


@dataclass(frozen=True, slots=True)
class Backing:
    """A backing index of a stream that is written no more: when it was last, in nanoseconds."""

    name: str
    stream: str
    written: int


def roll_over(client: Elasticsearch, streams: Sequence[str], age: str = AGE, size: str = SIZE) -> list[str]:
    """Begin new backing indices where the current one is old or large enough; the streams that did."""
    rolled = []
    for stream in backing(client, streams):
        with translated():
            conditions = {"max_age": age, "max_primary_shard_size": size, "min_docs": 1}
            if client.indices.rollover(alias=stream, conditions=conditions)["rolled_over"]:
                rolled.append(stream)
    return rolled


def expired(client: Elasticsearch, streams: Sequence[str], before: int) -> list[Backing]:
    """Backing indices that were last written before a moment; never the one that is written now."""
    found = list[Backing]()
    for stream, indices in backing(client, streams).items():
        found += [Backing(name, stream, end) for (_, name), (end, _) in pairwise(made(client, indices)) if end < before]
    return found


def delete(client: Elasticsearch, index: str) -> None:
    """Delete a backing index; raises `StoreError`."""
    with translated():
        client.indices.delete(index=index)


def old_alerts(client: Elasticsearch, index: str, before: int) -> int:
    """How many alerts were last written before a moment."""
    with translated():
        found = client.count(index=index, query=_written_before(before), ignore_unavailable=True)
    return int(found["count"])


def delete_alerts(client: Elasticsearch, index: str, before: int) -> None:
    """Delete them, those that somebody works on meanwhile excepted; raises `StoreError`."""
    with translated():
        client.options(request_timeout=_WITHIN).delete_by_query(
            index=index, query=_written_before(before), conflicts="proceed", refresh=True
        )


def _written_before(before: int) -> dict[str, dict[str, dict[str, int]]]:
    return {"range": {WRITTEN: {"lt": before}}}
