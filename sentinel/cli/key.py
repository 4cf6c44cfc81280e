"""`sentinel key`: the register of keys, and what lies under them."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.installation import commander, config_of, opened, unused
from sentinel.cli.options import cryptography, data_option, rooted
from sentinel.config import Config
from sentinel.errors import ConfigError

if TYPE_CHECKING:
    from sentinel.audit.keeper import Keeper
    from sentinel.keys.register import Register
    from sentinel.store.control import KeyEntry


@click.group("key")
@data_option
@rooted
@cryptography
@click.pass_context
def keys(context: click.Context, data: Path, root_key: str, crypto_library: str, slow_signing: bool) -> None:
    """The keys that seal what is stored: list, rotate, retire and destroy them, change what they lie under."""
    context.obj = dataclasses.replace(
        config_of(data), seal=True, root_key=root_key, crypto_library=crypto_library, slow_signing=slow_signing
    )


@keys.command("list")
@click.pass_obj
def list_keys(config: Config) -> None:
    """List all keys there ever were: id, state, owner, uses, and when it came to its state."""
    from sentinel.keys.opening import register_of
    from sentinel.keys.register import Register

    with opened(config) as control:
        if not Register.begun(control):  # to take a root now would be a change
            click.echo("there are no keys; `sentinel run` makes them", err=True)
            return
        for entry in register_of(config, control, commander()).entries():
            click.echo(f"{entry.id}\t{entry.state}\t{entry.owner}\t{entry.used}\t{_since(entry)}")


def _since(entry: KeyEntry) -> str:
    return _utc(entry.destroyed or entry.retired or entry.activated or entry.created)


def _utc(moment: float) -> str:
    """As checkpoints say their time, too."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"


@keys.command()
@click.argument("purpose")
@click.option("--owner", help="who answers for it; the default is who runs this")
@click.pass_obj
def rotate(config: Config, purpose: str, owner: str | None) -> None:
    """Make a new key for PURPOSE; the one before goes on opening what it sealed.

    A running service takes the new one within half a minute. PURPOSE is the part of a key's id before its last dot. The key
    that signs the audit log (`audit`) lies with its keeper; the last that it signs is a checkpoint that names the new one.
    """
    from sentinel.keys.register import Purpose

    if purpose not in set(Purpose):
        raise ConfigError(f"`{purpose}` is no purpose of a key; expected {', '.join(Purpose)}")
    with _register(config) as register:
        if purpose == Purpose.AUDIT:
            with _keeper(config, register) as keeper:
                click.echo(keeper.hand_over(commander(), owner or commander()))
            return
        click.echo(register.rotate(Purpose(purpose), commander(), owner or commander()))


@keys.command()
@click.argument("key_id")
@click.pass_obj
def retire(config: Config, key_id: str) -> None:
    """Let a key seal no more. Without another one of its purpose, nothing of that kind is stored."""
    with _register(config) as register:
        register.retire(key_id, commander())
    click.echo(f"{key_id} is retired")


@keys.command()
@click.argument("key_id")
@click.confirmation_option(prompt="What it sealed will be lost for ever. Destroy it?")
@click.pass_obj
def destroy(config: Config, key_id: str) -> None:
    """Erase a retired key; first see with `reseal` that nothing is needed which it sealed."""
    from sentinel.keys.register import Purpose

    with _register(config) as register:
        of_log = key_id.startswith(f"{Purpose.AUDIT}.")
        with _keeper(config, register) if of_log else contextlib.nullcontext():
            register.destroy(key_id, commander())
    click.echo(f"{key_id} is destroyed")


@contextlib.contextmanager
def _keeper(config: Config, register: Register) -> Iterator[Keeper]:
    """Who has the key of the audit log; the register follows it, also where a rotation ended in between."""
    from sentinel.audit.keeper import Keeper
    from sentinel.keys.audit_keys import AuditKeys
    from sentinel.keys.opening import suite_of

    known = AuditKeys(register.control)
    with contextlib.closing(Keeper(config.audit, config.key_folder, known, by=suite_of(config))) as keeper:
        yield keeper


@keys.command()
@click.pass_obj
def reseal(config: Config) -> None:
    """Seal all stored identifiers and secrets anew with the key that is active, so that older ones can be destroyed."""
    from sentinel.enforcement.registry import Registry
    from sentinel.keys.opening import suite_of
    from sentinel.keys.personal import Personal
    from sentinel.keys.ring import Ring
    from sentinel.keys.vault import POINTS, Vault
    from sentinel.keys.vault import reseal as secrets_resealed
    from sentinel.store.identifiers import reseal as resealed

    with _register(config) as register:
        sealing = Personal(suite_of(config), Ring(register))
        for path in (config.events_database, config.identity_database):
            count = resealed(path, sealing) if path.exists() else 0
            click.echo(f"{path.name}\t{count}")
        vault = Vault(lambda: suite_of(config), lambda: register)
        points = Registry(register.control, Vault(lambda: suite_of(config), lambda: register, POINTS))
        count = secrets_resealed(register.control, vault, commander()) + points.reseal(commander())
        click.echo(f"control data\t{count}")


@keys.command("file")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def key_file(path: Path) -> None:
    """Make PATH, a file of keys for a collector (--seal-key), or add a key to it; the last one seals, all open.

    A collector reads it when it starts.
    """
    from sentinel.keys.tables import add_key

    click.echo(f"{path}: key {add_key(path)}")


@keys.command("unseal")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--seal-key", type=click.Path(path_type=Path, dir_okay=False), required=True, help="the file of keys")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), required=True)
def unseal(path: Path, seal_key: Path, output: Path) -> None:
    """Open PATH, a batch that the service refused and a collector put aside (SPOOL/refused), into another file."""
    from sentinel.crypto.suite import suite
    from sentinel.keys.tables import SPOOL, seals_of
    from sentinel.model.seal import opened as unsealed

    output.touch(0o600)
    output.write_bytes(unsealed(seals_of(suite, seal_key)(SPOOL), path.name, path.read_bytes()))


@keys.command("root")
@click.argument("spec")
@click.pass_obj
def change_root(config: Config, spec: str) -> None:
    """Put all keys under another root, SPEC: file:PATH or passphrase:PATH. No data is sealed anew.

    The service is stopped before, and told of it with --root-key when it starts again: one that runs would go on with
    the root it had. A file that is not there yet is made.
    """
    from sentinel.keys.roots import FILE, new_file

    kind, _, place = spec.partition(":")
    with _register(config) as register, unused(config.data):
        if kind == FILE and place and not Path(place).exists():
            new_file(Path(place))
        register.rewrap(spec, commander())
    click.echo(f"all keys lie under {spec}; the root before opens nothing any more")


@contextlib.contextmanager
def _register(config: Config) -> Iterator[Register]:
    from sentinel.keys.opening import register_of

    with opened(config) as control:
        yield register_of(config, control, commander())
