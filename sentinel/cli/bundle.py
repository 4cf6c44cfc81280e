"""`sentinel bundle`: sign and verify what an operator gives to the service, and a release."""

from __future__ import annotations

import time
from pathlib import Path

import click

from sentinel.cli.options import cryptography
from sentinel.cli.passphrase import asked, chosen, passphrase_option
from sentinel.errors import ConfigError
from sentinel.model.bundles import KINDS

_folder = click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
_kind = click.option("--kind", type=click.Choice(KINDS), required=True, help="what it holds; each kind has its own key")


@click.group()
def bundle() -> None:
    """Signed bundles of rules, policies, site plan and releases: make keys, sign, verify."""


@bundle.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="folder of keys")
@passphrase_option
@cryptography
def key(kind: str, folder: Path, piped: bool, crypto_library: str, slow_signing: bool) -> None:
    """Make the key for a KIND of bundles: KIND.key, encrypted, to sign with, and KIND.pub for the service."""
    from sentinel.crypto.base import Settings
    from sentinel.crypto.keyfile import dump_private, dump_public, write_private
    from sentinel.crypto.suite import suite

    found = suite(Settings(crypto_library, slow_signing))
    made = found.signer.sm2_keygen()
    passphrase = chosen(piped)
    folder.mkdir(parents=True, exist_ok=True)
    write_private(folder / f"{kind}.key", dump_private(found, made, passphrase))
    (folder / f"{kind}.pub").write_bytes(dump_public(made.public))
    click.echo(f"{folder / kind}.key\n{folder / kind}.pub")


@bundle.command()
@_folder
@_kind
@click.option("--name", help="what it is called; the default is the name of the folder")
@click.option("--version", required=True, help="numbers with points between them; it can only go up")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="how long it holds")
@click.option("--key", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, help="the private key")
@passphrase_option
@cryptography
def sign(
    folder: Path, kind: str, name: str | None, version: str, days: int, path: Path, piped: bool,
    crypto_library: str, slow_signing: bool,
) -> None:  # fmt: skip
    """Sign all files below FOLDER: writes bundle.json and bundle.sig into it."""
    from sentinel.crypto.base import Settings
    from sentinel.crypto.bundle import Manifest
    from sentinel.crypto.bundle import sign as signed
    from sentinel.crypto.keyfile import load_private, read_guarded
    from sentinel.crypto.suite import suite

    found, now = suite(Settings(crypto_library, slow_signing)), int(time.time())
    private = load_private(found, read_guarded(path), asked(piped))
    about = Manifest(kind, name or folder.resolve().name, version, now, now + days * 86400, {})
    manifest = signed(found, folder, private, about)
    click.echo(f"{kind} {manifest.name} {manifest.version}: {len(manifest.files)} files signed")


@bundle.command()
@_folder
@_kind
@click.option("--key", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, help="the public key")
@cryptography
def verify(folder: Path, kind: str, path: Path, crypto_library: str, slow_signing: bool) -> None:
    """Verify a bundle: its signature, its time, and every file. What is wrong is named, with exit status 2."""
    from sentinel.crypto.base import Settings
    from sentinel.crypto.bundle import verify as verified
    from sentinel.crypto.keyfile import load_public
    from sentinel.crypto.suite import suite

    try:
        public = load_public(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error
    manifest = verified(suite(Settings(crypto_library, slow_signing)), folder, kind, public, time.time()).manifest
    click.echo(f"{kind} {manifest.name} {manifest.version}: {len(manifest.files)} files as they were signed")
