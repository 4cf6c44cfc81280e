"""Options that several commands have."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sentinel.config import CLASSIC, SM, TAPS
from sentinel.errors import ConfigError


def of_service(name: str, otherwise: Any = None) -> Any:  # as a TOML file has it
    """What the table `[run]` of `--config` says: commands on a host mean the service that runs with it."""
    context = click.get_current_context(silent=True)
    tables = (context.find_root().default_map or {}) if context else {}
    return tables.get("run", {}).get(name, otherwise)


def data_folder() -> Path:
    """Where everything is kept unless `--data` says otherwise."""
    return Path.home() / ".local" / "share" / "sentinel"


def service_folder() -> Path:
    """Where the service of this host keeps everything."""
    return Path(of_service("data") or data_folder())


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=service_folder,
    envvar="SENTINEL_RUN_DATA",
    help="where `sentinel run` keeps everything",
)
LIBRARY = "libcrypto.so.3"
seal_option = click.option("--seal", is_flag=True, help="the service runs with --seal")
key_file = click.option(
    "--seal-key",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SENTINEL_COLLECT_SEAL_KEY",
    help="of a collector: the file of keys (sentinel key file) that seal its spool and its packets",
)
filtered = click.option("--filter", default="", help="capture only this, a tcpdump expression such as `sctp or udp`")
captured = click.option("--source", type=click.Choice(TAPS), default="live", show_default=True,
                        help="what captures on interfaces: the kernel's ring, scapy's sockets, or tshark")  # fmt: skip


def spanned(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what of the store is meant."""
    since = click.option(
        "--from", "since", default="", help="RFC 3339, or -24h before now; all that is stored by default"
    )
    until = click.option("--to", "until", default="", help="the same; the moment itself is left out")
    return since(until(command))


def kept(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which packets are kept as evidence."""
    for option in (
        click.option("--evidence-snap", type=click.IntRange(0, 65535), default=256, show_default=True,
                     help="octets to keep of a user's packet, 0 is all; signalling is kept whole"),
        click.option("--evidence-days", type=click.IntRange(1, 3650), default=7, show_default=True,
                     help="how long packets are kept at most"),
        click.option("--evidence-mib", type=click.IntRange(0, 1 << 20), default=1024, show_default=True,
                     help="recent packets to keep of each source, MiB; 0 keeps none"),
    ):  # fmt: skip
        command = option(command)
    return command


def rooted(command: Callable[..., None]) -> Callable[..., None]:
    """The option that says what keys lie under."""
    return click.option(
        "--root-key",
        default=lambda: of_service("root_key", ""),
        show_default=False,
        envvar="SENTINEL_RUN_ROOT_KEY",
        help="what keys lie under: file:PATH, passphrase:PATH of a file that holds it, sdf:… or skf:…; "
        "the default is the file root.key in the folder of keys",
    )(command)


suites = click.option(
    "--tls-suites",
    type=click.Choice((CLASSIC, SM)),
    default=CLASSIC,
    show_default=True,
    envvar="SENTINEL_RUN_TLS_SUITES",
    help="of TLS with collectors: Python's own, or SM2, SM3 and SM4 (RFC 8998) with certificates on both ends",
)


def cryptography(command: Callable[..., None]) -> Callable[..., None]:
    """The options of commercial cryptography."""
    library = click.option(
        "--crypto-library",
        default=lambda: of_service("crypto_library", LIBRARY),
        show_default=LIBRARY,
        envvar="SENTINEL_RUN_CRYPTO_LIBRARY",
        help="the libcrypto that does SM2: OpenSSL's, 3.0 or later, or Tongsuo's",
    )
    slow = click.option(
        "--slow-signing",
        is_flag=True,
        default=lambda: of_service("slow_signing", False),
        envvar="SENTINEL_RUN_SLOW_SIGNING",
        help="where that library is missing, sign with gmssl, whose time tells of the key",
    )
    return library(slow(command))


def stored(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say where events are stored."""
    for option in (
        click.option("--store-secret", type=click.Path(path_type=Path, dir_okay=False), envvar="SENTINEL_RUN_STORE_SECRET",
                     help="a file of mode 0600 with NAME:PASSWORD or an API key for it  [or the environment: SENTINEL_STORE_SECRET]"),
        click.option("--store-ca", type=click.Path(path_type=Path, dir_okay=False), envvar="SENTINEL_RUN_STORE_CA",
                     help="certificate (PEM) of who signed that of Elasticsearch"),
        click.option("--store", default="", envvar="SENTINEL_RUN_STORE", metavar="URL",
                     help="elasticsearch+https://HOST:9200[/NAMESPACE]; the default is the embedded store in the data folder"),
    ):  # fmt: skip
        command = option(command)
    return command


def store_of(store: str, ca: Path | None, secret: Path | None) -> dict[str, Any]:
    """The settings of `stored`, for a `Config`."""
    variable = "SENTINEL_STORE_SECRET"
    needed = store and (secret is not None or variable in os.environ)
    return {
        "store": store,
        "store_ca": ca.absolute() if ca else None,
        "store_secret": token_of(secret, variable) if needed else "",
    }


def token_of(path: Path | None, variable: str) -> str:
    """A token out of a file or the environment; never from the command line, which every user of the host can read."""
    if path is None:
        token = os.environ.get(variable, "")
        if not token:
            raise ConfigError(f"it needs its token: --token-file FILE, or {variable} in the environment")
        return token.strip()
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"`{path}` can be read by others; chmod 600 it")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(f"`{path}` cannot be read: {reason}".lower()) from error
