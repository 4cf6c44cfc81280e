"""From the settings of the service to its keys: the root, the register, and what seals its stores."""

from __future__ import annotations

from pathlib import Path

from sentinel.config import Config
from sentinel.crypto.base import Settings
from sentinel.crypto.suite import Suite, suite
from sentinel.errors import KeyMaterialError
from sentinel.keys.personal import Personal
from sentinel.keys.register import NAMING, Purpose, Register
from sentinel.keys.ring import Ring
from sentinel.keys.roots import FILE, new_file
from sentinel.keys.snapshots import Snapshots
from sentinel.keys.vault import FACTORS, Vault
from sentinel.model.audit import SERVICE
from sentinel.store.control import ControlDatabase
from sentinel.store.sealing import Clear, Sealing


def suite_of(config: Config) -> Suite:
    """Cryptography as the operator chose it."""
    return suite(Settings(config.crypto_library, config.slow_signing))


def root_of(config: Config) -> str:
    """The root that was named; or a file among the keys."""
    return config.root_key or f"{FILE}:{_default(config)}"


def _default(config: Config) -> Path:
    return config.key_folder / "root.key"


def register_of(config: Config, control: ControlDatabase, actor: str = SERVICE) -> Register:
    """The register of the service; of a new one the root is made first, where it is the file among the keys."""
    default = _default(config)
    if not config.root_key and not default.exists() and not Register.begun(control):
        default.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new_file(default)
    return Register(control, suite_of(config), root_of(config), actor)


def prepare(config: Config, control: ControlDatabase) -> None:
    """Before the parts of the service start: what they need is there once, and opens. Records name people in any case."""
    register_of(config, control).provide(SERVICE, SERVICE, tuple(Purpose) if config.seal else (*NAMING, Purpose.AUDIT))


def named_by(config: Config, control: ControlDatabase) -> Personal:
    """What gives pseudonyms, by keys that are there; raises `KeyMaterialError` where there are none yet."""
    if not Register.begun(control):
        raise KeyMaterialError("there are no keys for pseudonyms yet; `sentinel run` makes them")
    return Personal(suite_of(config), Ring(register_of(config, control)))


def sealing_of(config: Config, control: ControlDatabase) -> Sealing:
    """What hides identifiers in the stores of the service, or leaves them as they are."""
    return Personal(suite_of(config), Ring(register_of(config, control))) if config.seal else Clear()


def opening_of(config: Config, control: ControlDatabase) -> Sealing:
    """What opens whatever was sealed here, also where nothing is sealed any more."""
    begun = Register.begun(control)
    return Personal(suite_of(config), Ring(register_of(config, control))) if begun else Clear()


def snapshots_of(config: Config, control: ControlDatabase) -> Snapshots:
    """What signs and verifies the snapshots of policies."""
    return Snapshots(lambda: suite_of(config), lambda: register_of(config, control))


def vault_of(config: Config, control: ControlDatabase, table: str = FACTORS) -> Vault:
    """What seals the secrets of people's second factors, or of enforcement points."""
    return Vault(lambda: suite_of(config), lambda: register_of(config, control), table)
