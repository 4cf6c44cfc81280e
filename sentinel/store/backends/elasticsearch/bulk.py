"""Bulk requests: every document is written once, refused with a reason, or asked for again.

A document has its own id and is only ever created: that it is there already (409) is success. What passes (429, a
read-only block, a node that is away) is tried again with growing, random pauses; what never will be taken goes to the
stream of dead letters with the reason and holds up nothing. Ids are unique within a backing index only: who does not know
whether documents arrived (`doubtful`: after a kill or a time-out) looks for them in the whole stream first.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from elasticsearch import ApiError, Elasticsearch

from sentinel.errors import StoreError
from sentinel.store.backends.elasticsearch.documents import dead_letter
from sentinel.store.backends.elasticsearch.failures import passing, refusal, translated

_LOG = logging.getLogger(__name__)
_TRIES = 4
_PAUSE = 0.2  # seconds, doubled at each try, and half of it by chance
_SAME = 409
_TOO_LARGE = 413
_AT_ONCE = 1000

Pair = tuple[bytes, bytes]
Item = Mapping[str, Any]


class Bulk:
    """Creates documents in data streams; `dead` is the one for those that are refused."""

    def __init__(self, client: Elasticsearch, dead: str) -> None:
        self._client, self._dead = client, dead
        self.refused = 0

    def create(self, stream: str, body: bytes, *, doubtful: bool = False) -> None:
        """Write the documents of a body; raises `StoreError`, and then the same may be tried again."""
        if not body:
            return
        if doubtful:
            body = self._fresh(stream, body)
        for attempt in range(_TRIES):
            left, reason = self._send(stream, body)
            if not left:
                return
            body = b"".join(b"%s\n%s\n" % pair for pair in left)
            if attempt + 1 < _TRIES:
                time.sleep(_PAUSE * 2**attempt * random.uniform(0.5, 1))  # noqa: S311  # no secret
        raise StoreError(f"elasticsearch: {reason}")

    def _send(self, stream: str, body: bytes) -> tuple[list[Pair], str]:
        """Send once; what is left to be tried again, and why."""
        if not body:
            return [], ""
        try:
            with translated():
                answer = self._client.bulk(
                    index=stream, operations=body, filter_path=["errors", "items.*.status", "items.*.error"],  # type: ignore[arg-type]  # octets go as they are
                    require_data_stream=True,
                )  # fmt: skip
        except StoreError as error:
            if isinstance(error.__cause__, ApiError) and error.__cause__.status_code == _TOO_LARGE:
                return self._halves(stream, body, str(error))
            raise
        return self._judge(body, answer["items"]) if answer.get("errors") else ([], "")

    def _halves(self, stream: str, body: bytes, reason: str) -> tuple[list[Pair], str]:
        """A body that is too large as a whole, in two; a document that is too large by itself is refused."""
        pairs = list(pairs_of(body))
        if len(pairs) == 1:
            self._bury([(pairs[0], "too_large", reason)])
            return [], ""
        left, said = list[Pair](), ""
        for part in (pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]):
            more, why = self._send(stream, b"".join(b"%s\n%s\n" % pair for pair in part))
            left, said = left + more, why or said
        return left, said

    def _judge(self, body: bytes, items: Sequence[Mapping[str, Item]]) -> tuple[list[Pair], str]:
        left, dead, reason = list[Pair](), list[tuple[Pair, str, str]](), ""
        for pair, item in zip(pairs_of(body), items, strict=True):
            (said,) = item.values()
            status, error = said["status"], said.get("error") or {}
            if status < 300 or status == _SAME:
                continue
            why = refusal(status, error)
            if passing(status, error):
                left, reason = [*left, pair], why
            else:
                dead.append((pair, str(error.get("type", "")), f"{why} {_because(error)}".strip()))
        self._bury(dead)
        return left, reason

    def _bury(self, dead: Sequence[tuple[Pair, str, str]]) -> None:
        if not dead:
            return
        body = b"".join(dead_letter(action, document, kind, why) for (action, document), kind, why in dead)
        with translated():
            answer = self._client.bulk(index=self._dead, operations=body, require_data_stream=True)  # type: ignore[arg-type]  # octets go as they are
        for item in answer["items"]:
            status, error = item["create"]["status"], item["create"].get("error") or {}
            if status >= 300 and status != _SAME:
                raise StoreError(f"elasticsearch: {refusal(status, error)}")
        self.refused += len(dead)
        _LOG.error("%d documents are refused and put aside in %s, the first for %s", len(dead), self._dead, dead[0][1])

    def _fresh(self, stream: str, body: bytes) -> bytes:
        """What of a body is nowhere in the stream, whatever backing index it went to."""
        pairs = list(pairs_of(body))
        names = [orjson.loads(action)["create"]["_id"] for action, _ in pairs]
        there = set[str]()
        with translated():
            self._client.indices.refresh(index=stream, ignore_unavailable=True)
            for start in range(0, len(names), _AT_ONCE):
                some = names[start : start + _AT_ONCE]
                found = self._client.search(
                    index=stream, query={"ids": {"values": some}}, size=len(some), source=False,
                    filter_path=["hits.hits._id"], ignore_unavailable=True,
                )  # fmt: skip
                there |= {hit["_id"] for hit in found.get("hits", {}).get("hits", ())}
        return b"".join(b"%s\n%s\n" % pair for pair, name in zip(pairs, names, strict=True) if name not in there)


def pairs_of(body: bytes) -> Iterator[Pair]:
    """Actions and documents of a body."""
    lines = iter(body.split(b"\n")[:-1])
    return zip(lines, lines, strict=True)


def _because(error: Item) -> str:
    cause = error.get("caused_by")
    return f"({cause.get('reason', '')})" if isinstance(cause, Mapping) else ""
