"""`sentinel login`: answer a challenge with an SM2 key, which a browser cannot."""

from __future__ import annotations

from pathlib import Path

import click

from sentinel.cli.options import cryptography
from sentinel.cli.passphrase import asked, chosen, passphrase_option
from sentinel.errors import ConfigError, KeyMaterialError


@click.group()
def login() -> None:
    """Log in with an SM2 key: make one, and sign the challenges of the console with it."""


@login.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@passphrase_option
@cryptography
def key(path: Path, piped: bool, crypto_library: str, slow_signing: bool) -> None:
    """Make a key: PATH, encrypted, and PATH.pub, which is registered in the console."""
    from sentinel.crypto.base import Settings
    from sentinel.crypto.keyfile import dump_private, dump_public, write_private
    from sentinel.crypto.suite import suite

    found = suite(Settings(crypto_library, slow_signing))
    made, passphrase = found.signer.sm2_keygen(), chosen(piped)
    write_private(path, dump_private(found, made, passphrase))
    path.with_name(f"{path.name}.pub").write_bytes(dump_public(made.public))
    click.echo(f"{path}\n{path}.pub")


@login.command()
@click.argument("challenge")
@click.option("--key", "path", required=True, help="the private key: a PEM file, or skf:… for a USB key (absent here)")
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="where a certificate is registered: the certificate",
)
@click.option("--server", help="sign for this installation alone, as the console called itself")
@passphrase_option
@cryptography
def sign(
    challenge: str, path: str, certificate: Path | None, server: str | None, piped: bool, crypto_library: str,
    slow_signing: bool,
) -> None:  # fmt: skip
    """Answer CHALLENGE, the text that the console shows; paste there what this prints."""
    from sentinel.crypto.base import Settings
    from sentinel.crypto.certificate import certificates_of
    from sentinel.crypto.challenge import answer, read_challenge
    from sentinel.crypto.keyfile import load_private, read_guarded
    from sentinel.crypto.keyforms import spki
    from sentinel.crypto.suite import suite

    found, wanted = suite(Settings(crypto_library, slow_signing)), read_challenge(challenge)
    if server is not None and wanted.server != server:
        raise ConfigError(f"this challenge is of `{wanted.server}`; expected `{server}`")
    if path.startswith("skf:"):
        raise KeyMaterialError(f"no driver of USB keys (SKF) comes with this version: the key `{path}` is absent")
    private = load_private(found, read_guarded(Path(path)), asked(piped))
    registered = certificates_of(certificate)[0].octets if certificate else spki(private.public)
    if wanted.digest != found.active.sm3(registered):
        raise KeyMaterialError(f"this challenge is for another key than `{certificate or path}`")
    click.echo(f"{wanted.context}, to {wanted.server}", err=True)
    click.echo(answer(wanted.nonce, found.sign(private, wanted.message)))
