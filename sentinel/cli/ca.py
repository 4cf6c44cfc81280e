"""`sentinel ca`: a small SM2 certificate authority for collectors, services, administrators and terminals."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.installation import commander, opened
from sentinel.cli.options import cryptography, data_option, of_service
from sentinel.cli.passphrase import asked, chosen, passphrase_option
from sentinel.config import Config, shipped
from sentinel.errors import CertificateError, ConfigError

if TYPE_CHECKING:
    from sentinel.crypto.certificate import Certificate, Identity
    from sentinel.crypto.curve import PrivateKey
    from sentinel.keys.authority import Authority, Register
    from sentinel.store.control import ControlDatabase

HOLDERS = ("collector", "service", "administrator", "terminal")
_days = click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="how long it holds")
_to = click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="folder of what is written"
)
_host = click.option(
    "--host", "hosts", multiple=True, help="a host name or address of a service, as collectors call it; can be repeated"
)
_holder = click.argument("holder", type=click.Choice(HOLDERS))


@click.group()
@data_option
@click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: of_service("keys"),
    envvar="SENTINEL_RUN_KEYS",
    help="where ca.key is, apart from the data  [default: DATA-keys]",
)
@cryptography
@click.pass_context
def ca(context: click.Context, data: Path, keys: Path | None, crypto_library: str, slow_signing: bool) -> None:
    """An SM2 certificate authority of this installation's own: issue, renew and revoke certificates."""
    context.obj = Config(
        data=data.absolute(), rules=shipped("rules"), keys=keys.absolute() if keys else None,
        crypto_library=crypto_library, slow_signing=slow_signing,
    )  # fmt: skip


@ca.command()
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 7300), default=3650, show_default=True, help="how long it holds")
@passphrase_option
@click.pass_obj
def init(config: Config, name: str, days: int, piped: bool) -> None:
    """Make the authority NAME: ca.key, encrypted, and ca.pem, for everybody who relies on it, in the folder of keys."""
    from sentinel.crypto.keyfile import dump_private, write_private
    from sentinel.keys.authority import Authority
    from sentinel.keys.opening import suite_of

    suite, passphrase = suite_of(config), chosen(piped)
    key = suite.signer.sm2_keygen()
    with opened(config) as control:
        config.key_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(_key_file(config), dump_private(suite, key, passphrase))
        try:
            made = Authority.begin(control, suite, key, name, days, commander())
        except BaseException:  # nothing was issued with it
            _key_file(config).unlink()
            raise
    _write(config.key_folder / "ca.pem", made.register.certificate.pem)


@ca.command()
@_holder
@click.argument("name")
@_host
@_days
@_to
@passphrase_option
@click.pass_obj
def issue(
    config: Config, holder: str, name: str, hosts: tuple[str, ...], days: int, folder: Path, piped: bool
) -> None:  # fmt: skip
    """Issue a certificate and make its key: NAME.pem and NAME.key, which goes to its HOLDER alone."""
    from sentinel.keys.opening import suite_of

    with _authority(config, piped) as authority:
        key = suite_of(config).signer.sm2_keygen()
        certificate = authority.issue(_identity(holder, name), key.public, hosts, days)
    _write_key(config, folder / f"{name}.key", key)
    _write(folder / f"{name}.pem", certificate.pem)


@ca.command()
@_holder
@click.argument("name")
@_to
@click.pass_obj
def request(config: Config, holder: str, name: str, folder: Path) -> None:
    """Make a key where it is used, and a request for a certificate to it: NAME.key and NAME.csr; no authority is needed."""
    from sentinel.crypto.issuing import request as requested
    from sentinel.keys.opening import suite_of

    suite = suite_of(config)
    key = suite.signer.sm2_keygen()
    _write_key(config, folder / f"{name}.key", key)
    _write(folder / f"{name}.csr", requested(suite, key, _identity(holder, name)))


@ca.command("sign-csr")
@_holder
@click.argument("name")
@click.argument("csr", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_host
@_days
@_to
@passphrase_option
@click.pass_obj
def sign_csr(
    config: Config, holder: str, name: str, csr: Path, hosts: tuple[str, ...], days: int, folder: Path, piped: bool
) -> None:  # fmt: skip
    """Issue NAME.pem for the key of a request. Its holder, name and hosts are those given here, not those that it asks for."""
    from sentinel.crypto.certificate import read_request
    from sentinel.keys.opening import suite_of

    public = read_request(suite_of(config), csr.read_bytes())
    with _authority(config, piped) as authority:
        certificate = authority.issue(_identity(holder, name), public, hosts, days)
    _write(folder / f"{name}.pem", certificate.pem)


@ca.command()
@click.argument("which")
@_days
@_to
@passphrase_option
@click.pass_obj
def renew(config: Config, which: str, days: int, folder: Path, piped: bool) -> None:
    """Issue NAME.pem anew for the same key; WHICH is a serial number, or HOLDER/NAME."""
    with _authority(config, piped) as authority:
        certificate = authority.renew(which, days)
    _write(folder / f"{_named(certificate)}.pem", certificate.pem)


@ca.command()
@click.argument("which")
@click.option("--reason", required=True, help="goes into the audit log")
@passphrase_option
@click.pass_obj
def revoke(config: Config, which: str, reason: str, piped: bool) -> None:
    """Let certificates hold no more; the service knows at once, others with the list that `crl` writes.

    WHICH is HOLDER/NAME, for all that were issued to them and to their keys (a key that was stolen), or one serial number.
    """
    with _authority(config, piped) as authority:
        serials = authority.revoke(which, reason)
        for serial in serials:
            click.echo(f"{serial} is revoked")
        left = dict.fromkeys(each for serial in serials for each in authority.register.sharing(serial, time.time()))
    for serial in left:
        click.echo(f"{serial} is of the same key, and still holds")


@ca.command()
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="how long it holds")
@_to
@passphrase_option
@click.pass_obj
def crl(config: Config, days: int, folder: Path, piped: bool) -> None:
    """Sign the list of revoked certificates anew, and write it as ca.crl, for those who rely on it elsewhere."""
    with _authority(config, piped) as authority:
        authority.list_anew(days)
        lists = authority.register.trust.lists or ()
    _write(folder / "ca.crl", b"".join(each.pem for each in lists))


@ca.command("list")
@click.pass_obj
def list_certificates(config: Config) -> None:
    """List every certificate: serial number, for whom, state, until when, and why it was revoked."""
    with opened(config) as control:
        for entry in _register(control).entries():
            until = f"{datetime.fromtimestamp(entry.expires, UTC):%Y-%m-%dT%H:%M:%SZ}"
            state = "expired" if entry.expires < datetime.now(UTC).timestamp() else entry.state
            click.echo(f"{entry.serial}\t{entry.holder}/{entry.name}\t{state}\t{until}\t{entry.reason}")


def _register(control: ControlDatabase) -> Register:
    from sentinel.keys.authority import Register

    return Register(control)


def _named(certificate: Certificate) -> str:
    if certificate.identity is None:
        raise CertificateError(f"`{certificate.subject}` is for nobody known here")
    return certificate.identity.name


def _identity(holder: str, name: str) -> Identity:
    from sentinel.crypto.certificate import Holder, Identity

    return Identity(Holder(holder), name)


def _key_file(config: Config) -> Path:
    return config.key_folder / "ca.key"


def _write(path: Path, octets: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    click.echo(path)


def _write_key(config: Config, path: Path, key: PrivateKey) -> None:
    from sentinel.crypto.keyfile import dump_private, write_private
    from sentinel.keys.opening import suite_of

    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, dump_private(suite_of(config), key))
    click.echo(path)


@contextlib.contextmanager
def _authority(config: Config, piped: bool) -> Iterator[Authority]:
    from sentinel.crypto.keyfile import load_private, read_guarded
    from sentinel.keys.authority import Authority
    from sentinel.keys.opening import suite_of

    suite = suite_of(config)
    with opened(config) as control:
        key = load_private(suite, read_guarded(_key_file(config)), asked(piped))
        yield Authority(control, suite, key, commander())
