"""Registers, rings and sealing for tests: a root in a file, keys in a database of their own, recorded in a list."""

from __future__ import annotations

from pathlib import Path

from sentinel.crypto.suite import suite
from sentinel.keys.personal import Personal
from sentinel.keys.register import Register
from sentinel.keys.ring import Ring
from sentinel.keys.roots import new_file
from sentinel.keys.vault import Vault
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept


def root(folder: Path, name: str = "root.key") -> str:
    """The root in a file of this folder, made if it is missing."""
    path = folder / name
    if not path.exists():
        new_file(path)
    return f"file:{path}"


def register(folder: Path, control: ControlDatabase | None = None) -> Register:
    """A register with a key for each purpose."""
    made = Register(control or ControlDatabase("sqlite://", Kept()), suite(), root(folder), "test")
    made.provide("test", "test")
    return made


def personal(folder: Path) -> Personal:
    """Sealing with fresh keys."""
    return Personal(suite(), Ring(register(folder)))


def vault(folder: Path, control: ControlDatabase) -> Vault:
    """What seals the secrets of second factors."""
    return Vault(suite, lambda: Register(control, suite(), root(folder), "test"))
