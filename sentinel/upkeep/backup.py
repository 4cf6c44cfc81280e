"""A copy of an installation, and the way back onto an empty machine.

The copy is a folder: the databases as SQLite copies them while they are used, the audit log, and a list of all files with
their SM3. Keys go into a folder of their own: who has both can open what is sealed. Events in a cluster are copied by the
cluster itself, as a snapshot in a repository that it knows.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from sentinel import storage
from sentinel.config import Config
from sentinel.crypto.digest import digest_sm3_of
from sentinel.errors import ConfigError, StoreError
from sentinel.store.backends.elasticsearch import snapshots

LIST = "backup.json"
FORM = "sentinel-backup-1"
_CHUNK = 1 << 20  # octets that are read at once
_DATABASES = ("events.db", "identity.db", "facts.db", "control.db")
_FILES = ("store", "control", "state.snapshot")
_FOLDERS = ("audit", "cuts", "bundles", "inbox", "outbox")


@dataclass(frozen=True, slots=True)
class _Listed:
    """What a backup has: the SM3 of each file, and where its snapshot is."""

    files: Mapping[str, str]
    repository: str
    snapshot: str


def backup(config: Config, folder: Path, keys: Path | None, repository: str = "") -> Iterator[str]:
    """Copy the installation into a folder that is new, and its keys into another; raises `ConfigError`, `StoreError`."""
    if keys is not None and (keys == folder or folder in keys.parents):
        raise ConfigError("keys do not go into the folder of the backup: who has both can open what is sealed")
    _new(folder)
    snapshot = ""
    if config.store:
        snapshot = _snapshot(config, repository)
        yield f"{repository}: {snapshot}"
    yield from _copied(config.data, folder)
    _write_list(folder, {"form": FORM, "time": time.time_ns(), "repository": repository, "snapshot": snapshot})
    if keys is not None:
        _new(keys)
        shutil.copytree(config.key_folder, keys, dirs_exist_ok=True, ignore=_unfit)
        _write_list(keys, {"form": FORM, "time": time.time_ns()})
        yield f"{keys}: keys"


def _snapshot(config: Config, repository: str) -> str:
    if not repository:
        raise ConfigError(
            "events in Elasticsearch are copied by a snapshot: name a repository that it knows with --repository"
        )
    with closing(storage.elasticsearch(config)) as store:
        return snapshots.take(store, repository)


def _copied(data: Path, folder: Path) -> Iterator[str]:
    """Files and folders first: what a database says of them is there already then."""
    try:
        for name in _FOLDERS:
            if (data / name).is_dir():
                shutil.copytree(data / name, folder / name, ignore=_unfit)
                yield name
        for name in _FILES:
            if (data / name).is_file():
                shutil.copy2(data / name, folder / name)
                yield name
        for name in _DATABASES:
            if (data / name).is_file():
                _database(data / name, folder / name)
                yield name
    except (OSError, shutil.Error, sqlite3.Error) as error:
        raise StoreError(f"`{data}` cannot be copied: {error}") from error


def _database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=30)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other, pages=4096)
    target.chmod(0o600)


def _unfit(folder: str, names: list[str]) -> set[str]:
    """Pipes and sockets are no data, nor are locks."""
    return {name for name in names if name == "lock" or not ((path := Path(folder) / name).is_file() or path.is_dir())}


def _new(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise ConfigError(f"`{folder}` is not empty; expected a new folder")
    except OSError as error:
        raise ConfigError(f"`{folder}` cannot be used: {(error.strerror or str(error)).lower()}") from error


def _digests(folder: Path) -> dict[str, str]:
    paths = sorted(folder.rglob("*"))
    if links := [path for path in paths if path.is_symlink()]:
        raise StoreError(f"`{links[0]}` is a symbolic link; a backup holds files and folders alone")
    files = [path for path in paths if path.is_file() and path != folder / LIST]
    return {path.relative_to(folder).as_posix(): digest_sm3_of(_chunks(path)) for path in files}


def _chunks(path: Path) -> Iterator[bytes]:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _write_list(folder: Path, about: Mapping[str, object]) -> None:
    (folder / LIST).write_bytes(orjson.dumps({**about, "files": _digests(folder)}, option=orjson.OPT_INDENT_2))


def _verified(folder: Path) -> _Listed:
    """The list of a backup; raises `StoreError` where a file is not as it was."""
    try:
        said = orjson.loads((folder / LIST).read_bytes())
        files = said["files"] if said["form"] == FORM else None
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise StoreError(f"`{folder}` is no backup: {LIST} is missing or not of its form") from error
    if files is None:
        raise StoreError(f"`{folder}` is a backup of another version")
    found = _digests(folder)
    for name in sorted(files.keys() | found.keys()):
        if files.get(name) != found.get(name):
            raise _changed(folder, name)
    return _Listed(found, str(said.get("repository", "")), str(said.get("snapshot", "")))


def _changed(folder: Path, name: str) -> StoreError:
    return StoreError(f"`{name}` in `{folder}` is not as it was copied")


def restore(config: Config, folder: Path, keys: Path | None) -> Iterator[str]:
    """Put a backup into data and key folders that are empty, and the snapshot back; raises `ConfigError`, `StoreError`."""
    said = _verified(folder)
    of_keys = None if keys is None else _verified(keys)
    if said.snapshot and not config.store:
        raise ConfigError("the events of this backup are in a snapshot; name the cluster that they go to with --store")
    _into(folder, config.data, said)
    yield f"{config.data}: data"
    if keys is not None and of_keys is not None:
        _into(keys, config.key_folder, of_keys)
        yield f"{config.key_folder}: keys"
    if said.snapshot:
        with closing(storage.elasticsearch(config)) as store:
            snapshots.put_back(store, said.repository, said.snapshot)
        yield f"{said.snapshot}: events"


def _into(source: Path, target: Path, listed: _Listed) -> None:
    """Copy what is on the list and nothing else; what is written has the digest that was listed, or is not kept."""
    _new(target)
    try:
        for name, digest in listed.files.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if digest_sm3_of(_copying(source / name, path)) != digest:
                path.unlink()
                raise _changed(source, name)
    except OSError as error:
        raise StoreError(f"`{target}` cannot be written: {error}") from error


def _copying(source: Path, target: Path) -> Iterator[bytes]:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        for chunk in _chunks(source):
            file.write(chunk)
            yield chunk
