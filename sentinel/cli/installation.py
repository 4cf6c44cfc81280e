"""The installation that a command works on, beside a service that may run."""

from __future__ import annotations

import contextlib
import getpass
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sentinel.config import Config
from sentinel.errors import ConfigError

if TYPE_CHECKING:
    from sentinel.store.control import ControlDatabase


def commander() -> str:
    """The actor in the audit log of who runs a command on this host."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # nobody of this number has a name
        return f"command:{os.getuid()}"


@contextlib.contextmanager
def opened(config: Config) -> Iterator[ControlDatabase]:
    """The control database, whose changes go on record; raises `ConfigError` where no service ever ran."""
    from sentinel.audit.ledger import Ledger
    from sentinel.store.control import ControlDatabase

    if config.control_note.is_file():
        config = replace(config, control=config.control_note.read_text(encoding="utf-8").strip())
    elif not (config.data / "control.db").is_file():
        raise ConfigError(f"`{config.data}` holds no service; give the folder of `sentinel run` with --data")
    with (
        contextlib.closing(Ledger(config.audit)) as ledger,
        contextlib.closing(ControlDatabase(config.control_database, ledger)) as control,
    ):
        yield control
