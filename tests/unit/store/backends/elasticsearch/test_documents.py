"""Batches: they come back as they were packed, and fit into the log that carries them."""

from __future__ import annotations

import zlib

import orjson
import pytest

from sentinel.errors import StoreError
from sentinel.shipping.record import LONGEST
from sentinel.store.backends.elasticsearch import documents, mappings
from sentinel.store.backends.elasticsearch.documents import Clock, pack, plain, unpack, with_texts
from tests.contract.test_store import alert


def test_a_batch_comes_back() -> None:
    (octets,) = pack([("1-00", {"a": 1}), ("2-00", {"a": ("x", "y")})], [alert()], 7)
    batch = unpack(octets)
    assert batch.alerts == (alert(),)
    action, first, _, second = map(orjson.loads, batch.lines)
    assert action == {"create": {"_id": "1-00"}}
    assert plain(first) == {"a": 1}
    assert plain(second) == {"a": ("x", "y")}
    assert (first[mappings.ARRIVED], second[mappings.ARRIVED]) == (7, 8)


def test_nothing_is_no_batch() -> None:
    assert pack([], [], 1) == []


def test_large_batches_are_parted_and_alerts_go_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that an alert is never there before its events."""
    monkeypatch.setattr(documents, "_LARGEST", 200)
    parts = [unpack(octets) for octets in pack([(str(n), {"n": n}) for n in range(9)], [alert()], 1)]
    assert len(parts) > 2
    assert [len(part.alerts) for part in parts] == [*[0] * (len(parts) - 1), 1]
    assert sum(len(part.lines) for part in parts) == 18


def test_a_document_that_is_too_large_says_what_it_lacks() -> None:
    (octets,) = pack([("1-00", {"small": 1, "huge": "x" * (4 << 20)})], [], 1)
    document = orjson.loads(unpack(octets).lines[1])
    assert (document["small"], "huge" in document) == (1, False)
    assert document["error.message"].endswith("left out: huge")
    assert len(octets) < LONGEST


@pytest.mark.parametrize("octets", [b"", b"no zlib", zlib.compress(b"no json\n"), zlib.compress(b'{"format":2}\n')])
def test_what_is_no_batch_is_said(octets: bytes) -> None:
    with pytest.raises(StoreError):
        unpack(octets)


def test_numbers_of_arrival_only_rise() -> None:
    clock = Clock()
    first, second = clock.take(1_000_000_000_000), clock.take(1)
    assert second >= first + 1_000_000_000_000


def test_texts_that_are_not_copied_go_with_the_document() -> None:
    document = with_texts({"event.id": "1", "a": "x", "a.b": "y", "c": True}, frozenset(("a",)))
    assert document[mappings.TEXT] == ("y",)
    assert with_texts({"a": "x"}, frozenset(("a",))) == {"a": "x"}
