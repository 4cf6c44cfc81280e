"""How long events and alerts are kept: at least 184 days (Cybersecurity Law, article 23), 200 unless said otherwise.

What counts is when they came, not the time of their packets: a capture of last year is kept from when it was read. Less is
kept only where an operator signed that: a bundle of the kind `retention` whose file `days` holds the number. Each deletion is
on record before it is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol

from sentinel import storage
from sentinel.config import Config
from sentinel.errors import BundleError, ConfigError
from sentinel.keys.bundles import Bundles
from sentinel.keys.opening import suite_of
from sentinel.model.audit import Act, Action, Auditor
from sentinel.model.document import timestamp
from sentinel.store.backends import expiry
from sentinel.store.backends.elasticsearch import life
from sentinel.store.backends.elasticsearch.documents import ALERTS, AUDIT, DEAD_LETTERS, EVENTS
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase

FLOOR, DEFAULT = 184, 200
KIND = "retention"
_DAY = 86_400 * 1_000_000_000


class _Told(Protocol):
    def __call__(self, step: str, target: str, **details: str | int) -> None: ...


def allowed(days: int, config: Config, control: ControlDatabase, override: Path | None) -> int:
    """The days, if so few may be kept; raises `ConfigError` or `BundleError`."""
    if days >= FLOOR:
        return days
    if override is None or config.bundle_keys is None:
        raise ConfigError(
            f"{days} days are fewer than the {FLOOR} for which logs have to be kept; fewer need an override that is "
            "signed (`sentinel bundle sign --kind retention`), given with --override and --bundle-keys"
        )
    bundles = Bundles(suite_of(config), config.bundle_keys, control)
    bundle = bundles.verified(KIND, override)
    signed = bundle.files.get("days", b"").strip()
    if not signed.isdigit() or int(signed) > days:
        raise BundleError(f"`{override}` allows `{signed.decode(errors='replace')}` days, not {days}")
    bundles.take(bundle)
    return days


def expire(config: Config, days: int, auditor: Auditor, actor: str, now: int) -> Iterator[str]:
    """Roll over what is due and delete what is older than so many days; what was done, line by line."""
    before = now - days * _DAY

    def told(step: str, target: str, **details: str | int) -> None:
        auditor.record(Act(Action.STORE_CHANGED, actor, target, details={"step": step, "days": days, **details}))

    if config.store:
        yield from _cluster(config, before, told)
    found = _embedded(config.events_database, before) if config.events_database.is_file() else {}
    if any(found.values()):
        told("expired", config.events_database.name, before=timestamp(before), **found)
        expiry.expire(config.events_database, before)
    yield f"{config.events_database.name}: " + ", ".join(f"{count} {name}" for name, count in found.items())


def _embedded(path: Path, before: int) -> Mapping[str, int]:
    """What is old in the embedded store, which is brought to the form of this version first."""
    SqliteStore(path).close()
    return expiry.old(path, before)


def _cluster(config: Config, before: int, told: _Told) -> Iterator[str]:
    with closing(storage.elasticsearch(config)) as store:
        streams = [store.stream(dataset) for dataset in (EVENTS, ALERTS, DEAD_LETTERS, AUDIT)]
        for stream in life.roll_over(store.client, streams):
            told("rolled over", stream)
            yield f"{stream}: a new backing index"
        for index in life.expired(store.client, streams, before):
            told("expired", index.name, written=timestamp(index.written))
            life.delete(store.client, index.name)
            yield f"{index.name}: deleted, last written {timestamp(index.written)[:10]}"
        if count := life.old_alerts(store.client, store.index, before):
            told("expired", store.index, before=timestamp(before), alerts=count)
            life.delete_alerts(store.client, store.index, before)
            yield f"{store.index}: {count} alerts deleted"
