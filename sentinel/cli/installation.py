"""The installation that a command works on, beside a service that may run."""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.options import LIBRARY, of_service
from sentinel.config import Config, shipped
from sentinel.errors import ConfigError

if TYPE_CHECKING:
    from sentinel.store.control import ControlDatabase


def commander() -> str:
    """The actor in the audit log of who runs a command on this host."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # nobody of this number has a name
        return f"command:{os.getuid()}"


def config_of(data: Path) -> Config:
    """The settings of the service whose data lie there: as the environment and `[run]` say, its keys else beside the data."""
    keys = _said("keys")
    return Config(
        data=data.absolute(), rules=shipped("rules"), keys=Path(keys).absolute() if keys else None,
        root_key=_said("root_key"), crypto_library=_said("crypto_library", LIBRARY),
        slow_signing=click.BOOL.convert(_said("slow_signing", "false"), None, None),
    )  # fmt: skip


def _said(name: str, otherwise: str = "") -> str:
    return os.environ.get(f"SENTINEL_RUN_{name.upper()}") or str(of_service(name, otherwise))


@contextlib.contextmanager
def opened(config: Config) -> Iterator[ControlDatabase]:
    """The control database, whose changes go on record; raises `ConfigError` where no service ever ran."""
    from sentinel.audit.opening import audited  # here: slow to load and only needed for commands on an installation

    if not config.control_note.is_file() and not (config.data / "control.db").is_file():
        raise ConfigError(f"`{config.data}` holds no service; give the folder of `sentinel run` with --data")
    ledger, control, _ = audited(config.located())
    with contextlib.closing(ledger), contextlib.closing(control):
        yield control


@contextlib.contextmanager
def unused(data: Path) -> Iterator[None]:
    """Hold the data folder as a service does, so that none runs meanwhile; raises `ConfigError` where one does."""
    try:
        lock = (data / "lock").open("a")
    except OSError as error:
        raise ConfigError(f"`{data}` cannot be held: {(error.strerror or str(error)).lower()}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(f"a service runs on `{data}`; stop it first, and start it again afterwards") from error
        yield
