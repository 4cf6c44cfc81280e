"""Stores for tests: each backend under one name, empty, and gone with its test."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.model.alert import Alert
from sentinel.model.event import Event
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.documents import ALERTS, AUDIT, DEAD_LETTERS, EVENTS
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Store
from sentinel.store.sealing import Clear, Sealing

BACKENDS = ["sqlite", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]
_CLEAR = Clear()


class Prompt(ElasticsearchStore):
    """Searches see at once what was stored, as tests expect; elsewhere it takes a second."""

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        super().add(events, alerts, proofs)
        self.refresh()


def fresh(address: Address) -> Address:
    """The same cluster, under a name that nobody has used."""
    return replace(address, namespace=f"test_{uuid.uuid4().hex}")


class Emptied(Prompt):
    """Begins without what the test before left: much faster than new indices."""

    def empty(self) -> None:
        self.connect()
        streams = [self.stream(name) for name in (EVENTS, ALERTS, DEAD_LETTERS, AUDIT)]
        self.refresh()
        self.client.delete_by_query(
            index=[*streams, self.index],
            query={"match_all": {}},
            refresh=True,
            ignore_unavailable=True,
            conflicts="proceed",
        )


_SHARED = f"test_{uuid.uuid4().hex}"


def opened(request: pytest.FixtureRequest, folder: Path, sealing: Sealing = _CLEAR) -> Store:
    """The store that the parameter of the test names."""
    local = SqliteStore(folder / "store.db", sealing)
    if "elasticsearch" not in request.param:
        return local
    address: Address = request.getfixturevalue("elasticsearch")
    made = Emptied(replace(address, namespace=_SHARED), local, FIELDS, sealing)
    made.empty()
    return made


def again(store: Store, folder: Path, sealing: Sealing = _CLEAR) -> Store:
    """The same store, opened once more."""
    local = SqliteStore(folder / "store.db", sealing)
    return Prompt(store.address, local, FIELDS, sealing) if isinstance(store, ElasticsearchStore) else local
