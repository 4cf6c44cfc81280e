"""`sentinel store`: make the store ready, forget what is old, copy everything and bring it back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from sentinel.cli.installation import commander, opened
from sentinel.cli.options import data_option, store_of, stored
from sentinel.config import Config, shipped

_folder = click.Path(path_type=Path, file_okay=False)
_keys = click.option("--keys", type=_folder, help="where the service keeps its keys  [default: DATA-keys]")


def _config(data: Path, store: dict[str, Any], **more: Any) -> Config:
    return Config(data=data.absolute(), rules=shipped("rules"), **store, **more)


@click.group()
def store() -> None:
    """The store of events and alerts: make it ready, forget what is old, back up and restore."""


@store.command()
@data_option
@stored
@click.option(
    "--reindex", is_flag=True, help="index all documents anew, so that fields of this version are found in older ones"
)
def init(data: Path, store: str, store_ca: Path | None, store_secret: Path | None, reindex: bool) -> None:
    """Make the store ready: templates, streams and the index of alerts in Elasticsearch, or the embedded file.

    Running it again changes nothing; after an update it brings what is older to what this version needs.
    """
    from sentinel import storage
    from sentinel.store.backends.elasticsearch.install import index_anew, version
    from sentinel.store.backends.elasticsearch.store import ElasticsearchStore

    config = _config(data, store_of(store, store_ca, store_secret))
    with contextlib.closing(storage.opened(config, told=_progress)) as made:
        if not isinstance(made, ElasticsearchStore):
            click.echo(f"{config.events_database}: ready")
            return
        made.connect()
        click.echo(f"{made.address}: ready, templates of version {version(made.client, made.index)}")
        if reindex:
            click.echo(f"{index_anew(made.client)} documents are indexed anew")


@store.command()
@data_option
@stored
@click.option("--days", type=click.IntRange(1, 36_500), default=200, show_default=True,
              help="how long to keep events and alerts; fewer than 184 only with a signed override")  # fmt: skip
@click.option("--override", type=_folder, help="a bundle of the kind `retention` whose file `days` allows fewer")
@click.option("--bundle-keys", type=_folder, help="folder with retention.pub")
def retention(
    data: Path, store: str, store_ca: Path | None, store_secret: Path | None, days: int, override: Path | None,
    bundle_keys: Path | None,
) -> None:  # fmt: skip
    """Delete what is older than so many days, each deletion on record; in Elasticsearch begin new indices where due.

    To be run once a day (deploy/systemd/sentinel-retention.timer).
    """
    from sentinel.audit.ledger import Ledger
    from sentinel.upkeep.retention import allowed, expire

    config = _config(data, store_of(store, store_ca, store_secret), bundle_keys=bundle_keys)
    with opened(config) as control, contextlib.closing(Ledger(config.audit)) as ledger:
        days = allowed(days, config, control, override)
        _say(expire(config, days, ledger, commander(), time.time_ns()))


@store.command()
@data_option
@stored
@_keys
@click.option("--to", "folder", type=_folder, required=True, help="a new folder for the copy")
@click.option("--keys-to", type=_folder, help="another new folder for the keys, to be kept apart")
@click.option("--repository", default="", help="of snapshots, that Elasticsearch knows")
def backup(
    data: Path, store: str, store_ca: Path | None, store_secret: Path | None, keys: Path | None, folder: Path,
    keys_to: Path | None, repository: str,
) -> None:  # fmt: skip
    """Copy events, alerts, identities, accounts, policies and the audit log, also while the service runs."""
    from sentinel.audit.ledger import Ledger
    from sentinel.model.audit import Act, Action
    from sentinel.upkeep.backup import backup as copied

    config = _config(data, store_of(store, store_ca, store_secret), keys=keys.absolute() if keys else None)
    with opened(config), contextlib.closing(Ledger(config.audit)) as ledger:
        details: dict[str, str | int | bool] = {"step": "backed up", "keys": keys_to is not None}
        ledger.record(Act(Action.STORE_CHANGED, commander(), str(folder.absolute()), details=details))
    _say(copied(config, folder.absolute(), keys_to.absolute() if keys_to else None, repository))
    if config.control_note.is_file():
        click.echo("control data is in PostgreSQL: copy it there, with pg_dump", err=True)


@store.command()
@data_option
@stored
@_keys
@click.option("--from", "folder", type=_folder, required=True, help="the folder of a backup")
@click.option("--keys-from", type=_folder, help="the folder of its keys")
def restore(
    data: Path, store: str, store_ca: Path | None, store_secret: Path | None, keys: Path | None, folder: Path,
    keys_from: Path | None,
) -> None:  # fmt: skip
    """Bring a backup onto a machine that has nothing: into an empty data folder, and an empty folder of keys."""
    from sentinel.audit.ledger import Ledger
    from sentinel.model.audit import Act, Action
    from sentinel.upkeep.backup import restore as restored

    config = _config(data, store_of(store, store_ca, store_secret), keys=keys.absolute() if keys else None)
    _say(restored(config, folder.absolute(), keys_from.absolute() if keys_from else None))
    with contextlib.closing(Ledger(config.audit)) as ledger:
        details: dict[str, str | int | bool] = {"step": "restored"}
        ledger.record(Act(Action.STORE_CHANGED, commander(), str(folder.absolute()), details=details))


def _progress(done: int, last: int) -> None:
    if done % 100_000 == 0 or done >= last:
        click.echo(f"{done:,} of {last:,} events are indexed", err=True)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
