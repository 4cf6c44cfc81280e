"""From the settings of the service to its store of events and alerts."""

from __future__ import annotations

from sentinel.config import Config
from sentinel.errors import ConfigError
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch.address import parse_address
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.backends.upgrading import Told, logged
from sentinel.store.base import Store
from sentinel.store.sealing import Clear, Sealing

_CLEAR = Clear()


def opened(config: Config, sealing: Sealing = _CLEAR, told: Told = logged) -> Store:
    """The store that was named; raises `ConfigError` where none is and the events are elsewhere."""
    if config.store:
        return elasticsearch(config, sealing)
    if config.store_note.is_file():
        where = config.store_note.read_text(encoding="utf-8").strip()
        raise ConfigError(f"the events of `{config.data}` are in `{where}`; say so with --store (and --store-secret)")
    return SqliteStore(config.events_database, sealing, told)


def elasticsearch(config: Config, sealing: Sealing = _CLEAR) -> ElasticsearchStore:
    """The store in the cluster that was named."""
    address = parse_address(config.store, config.store_ca, config.store_secret)
    return ElasticsearchStore(address, SqliteStore(config.events_database, sealing), FIELDS, sealing)


def settle(config: Config) -> None:
    """Note in the data folder where its events are, so that no command looks for them in vain; raises `ConfigError`."""
    note = config.store_note
    if config.store:
        parse_address(config.store, config.store_ca, config.store_secret).client().close()
        note.write_text(f"{config.store}\n", encoding="utf-8")
    elif note.is_file():
        opened(config)
    if config.control:
        config.control_note.write_text(f"{config.control}\n", encoding="utf-8")
    elif config.control_note.is_file():
        where = config.control_note.read_text(encoding="utf-8").strip()
        raise ConfigError(f"the control data of `{config.data}` is in `{where}`; say so with --control-database")
