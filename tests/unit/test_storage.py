"""From settings to a store: the embedded one, a cluster, and no looking in the wrong place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel import storage
from sentinel.config import Config
from sentinel.errors import ConfigError
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore

URL = "elasticsearch+http://127.0.0.1:1/plant"


def _config(tmp_path: Path) -> Config:
    return Config(data=tmp_path, rules=tmp_path)


def test_the_store_that_is_named(tmp_path: Path) -> None:
    embedded, cluster = storage.opened(_config(tmp_path)), storage.opened(replace(_config(tmp_path), store=URL))
    assert isinstance(embedded, SqliteStore)
    assert isinstance(cluster, ElasticsearchStore)
    assert str(cluster.address) == URL
    embedded.close()
    cluster.close()


def test_what_is_elsewhere_is_not_looked_for_here(tmp_path: Path) -> None:
    """A command that is told of no store does not find nothing in an empty one."""
    storage.settle(replace(_config(tmp_path), store=URL, store_secret="me:hunter2"))
    for refuse in (storage.opened, storage.settle):
        with pytest.raises(ConfigError, match="--store"):
            refuse(_config(tmp_path))
    assert "hunter2" not in (tmp_path / "store").read_text()


def test_a_wrong_address_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no store"):
        storage.settle(replace(_config(tmp_path), store="http://a:9200"))


def test_control_data_is_not_looked_for_here_either(tmp_path: Path) -> None:
    storage.settle(replace(_config(tmp_path), control="postgresql://sentinel@db/sentinel"))
    with pytest.raises(ConfigError, match="--control-database"):
        storage.settle(_config(tmp_path))


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    assert "hunter2" not in repr(replace(_config(tmp_path), store=URL, store_secret="me:hunter2"))


def test_a_password_in_the_address_of_control_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pgpass"):
        replace(_config(tmp_path), control="postgresql://me:hunter2@db/x")
