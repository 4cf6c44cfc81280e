"""Bulk requests: every document is written once, refused with a reason, or asked for again.

A document has its own id and is only ever created: that it is there already (409) is success. What passes (429, a
read-only block, a node that is away) is tried again with growing, random pauses; what never will be taken goes to the
stream of dead letters with the reason and holds up nothing. A request that is too large for who stands before the cluster
(413) goes in halves. Ids are unique within a backing index only: who does not know whether documents arrived (after a kill
or a time-out) says since when they can have been written, and earlier backing indices are asked first (`earlier.py`).
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from elasticsearch import ApiError, Elasticsearch

from sentinel.errors import StoreError
from sentinel.store.backends.elasticsearch.documents import LARGEST_LETTER, dead_letter
from sentinel.store.backends.elasticsearch.earlier import found_earlier
from sentinel.store.backends.elasticsearch.failures import passing, refusal, translated

_LOG = logging.getLogger(__name__)
_TRIES = 4
_PAUSE = 0.2  # seconds, doubled at each try, and half of it by chance
_SAME = 409
_TOO_LARGE = 413

Pair = tuple[bytes, bytes]
Item = Mapping[str, Any]


class Refused(NamedTuple):
    """A document that never will be taken: the id of its letter, what kind of error it is, and why in words."""

    letter: str
    document: bytes
    kind: str
    why: str


class Bulk:
    """Creates documents in data streams; `dead` is the one for those that are refused."""

    def __init__(self, client: Elasticsearch, dead: str) -> None:
        self._client, self._dead = client, dead
        self.refused = 0

    def create(self, stream: str, body: bytes, *, since: int | None = None) -> None:
        """Write the documents of a body; raises `StoreError`, and then the same may be tried again.

        `since` is for who does not know whether they arrived: when that was at the earliest, in nanoseconds.
        """
        if body and since is not None:
            body = self._fresh(stream, body, since)
        reason = ""
        for attempt in range(_TRIES):
            if not body:
                return
            if attempt:
                time.sleep(_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1))  # noqa: S311  # no secret
            left, reason = self._judge(body, self.send(stream, body))
            body = joined(left)
        if body:
            raise StoreError(f"elasticsearch: {reason}")

    def send(self, index: str, body: bytes, *, stream: bool = True) -> Sequence[Item]:
        """Send once: what is said of each document, or nothing where all were taken. Raises `StoreError`."""
        try:
            with translated():
                answer = self._client.bulk(
                    index=index, operations=body, filter_path=["errors", "items.*.status", "items.*.error"],  # type: ignore[arg-type]  # octets go as they are
                    require_data_stream=stream,
                )  # fmt: skip
        except StoreError as error:
            if not (isinstance(error.__cause__, ApiError) and error.__cause__.status_code == _TOO_LARGE):
                raise
            return self._halves(index, body, str(error), stream=stream)
        said = answer.body if isinstance(answer.body, Mapping) else {}
        if not isinstance(said.get("errors"), bool):  # of a gateway that answers in its place
            raise StoreError("elasticsearch: what answers there is no Elasticsearch")
        return [each for item in said["items"] for each in item.values()] if said["errors"] else ()

    def _halves(self, index: str, body: bytes, reason: str, *, stream: bool) -> Sequence[Item]:
        pairs = list(pairs_of(body))
        if len(pairs) == 1:
            return [{"status": _TOO_LARGE, "error": {"type": "too_large", "reason": reason}}]
        found = list[Item]()
        for part in (pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]):
            found += self.send(index, joined(part), stream=stream) or [{"status": 201}] * len(part)
        return found

    def _judge(self, body: bytes, said: Sequence[Item]) -> tuple[list[Pair], str]:
        """What is to be tried again, and why."""
        left, dead, reason = list[Pair](), list[Refused](), ""
        for pair, item in zip(pairs_of(body), said, strict=True) if said else ():
            if taken(item):
                continue
            if passes(item):
                left, reason = [*left, pair], why(item)
            else:
                dead.append(refused(_name(pair[0]), pair[1], item))
        self.bury(dead)
        return left, reason

    def bury(self, dead: Sequence[Refused]) -> None:
        """Put documents aside with the reason; of one that is too large even so, a part. Raises `StoreError`."""
        if not dead:
            return
        said = self._buried(dead, None)
        large = [each for each, item in said if item["status"] == _TOO_LARGE]
        for _, item in said:
            if item["status"] != _TOO_LARGE:  # a letter has a fixed form: what is wrong is its index
                raise StoreError(f"elasticsearch: {why(item)}; {self._dead} takes nothing, and what is refused has to wait")  # fmt: skip
        for each, item in self._buried(large, LARGEST_LETTER):
            _LOG.error(
                "document `%s` is refused (%s), and so is the letter about it: %s", each.letter, each.why, why(item)
            )
        self.refused += len(dead)
        _LOG.error("%d documents are refused and put aside in %s, the first for %s", len(dead), self._dead, dead[0].why)

    def _buried(self, dead: Sequence[Refused], largest: int | None) -> list[tuple[Refused, Item]]:
        """Send letters; those that are refused, and what is said of them."""
        if not dead:
            return []
        body = b"".join(dead_letter(*each, largest=largest) for each in dead)
        said = [(each, item) for each, item in zip(dead, self.send(self._dead, body) or (), strict=False) if not taken(item)]  # fmt: skip
        for _, item in said:
            if passes(item):
                raise StoreError(f"elasticsearch: {why(item)}")
        return said

    def _fresh(self, stream: str, body: bytes, since: int) -> bytes:
        """What of a body is nowhere in the stream, whatever backing index it went to."""
        pairs = list(pairs_of(body))
        names = [_name(action) for action, _ in pairs]
        there = found_earlier(self._client, stream, names, since)
        return joined([pair for pair, name in zip(pairs, names, strict=True) if name not in there])


def pairs_of(body: bytes) -> Iterator[Pair]:
    """Actions and documents of a body."""
    lines = iter(body.split(b"\n")[:-1])
    return zip(lines, lines, strict=True)


def joined(pairs: Sequence[Pair]) -> bytes:
    """The body of actions and documents."""
    return b"".join(b"%s\n%s\n" % pair for pair in pairs)


def taken(item: Item) -> bool:
    """Whether a document is there."""
    return bool(item["status"] < 300 or item["status"] == _SAME)


def passes(item: Item) -> bool:
    """Whether the document may be taken later, without anybody changing it."""
    return passing(item["status"], item.get("error") or {})


def why(item: Item) -> str:
    """Why a document was not taken."""
    return refusal(item["status"], item.get("error") or {})


def refused(letter: str, document: bytes, item: Item) -> Refused:
    """A document and what is said of it."""
    error = item.get("error") or {}
    return Refused(letter, document, str(error.get("type", "")), f"{why(item)} {_because(error)}".strip())


def _name(action: bytes) -> str:
    return str(orjson.loads(action)["create"]["_id"])


def _because(error: Item) -> str:
    cause = error.get("caused_by")
    return f"({cause.get('reason', '')})" if isinstance(cause, Mapping) else ""
