"""`sentinel collect` ships events to a service elsewhere; `sentinel collector` says who may."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from sentinel import logs
from sentinel.cli.installation import commander, config_of, opened
from sentinel.cli.options import captured, data_folder, data_option, filtered, kept, key_file, suites, token_of
from sentinel.cli.screen import screen
from sentinel.config import SM
from sentinel.errors import ConfigError, InputError
from sentinel.model.document import timestamp

if TYPE_CHECKING:
    from sentinel.accounts.collectors import Collectors
    from sentinel.shipping.sender import Dial

TOKEN = "SENTINEL_COLLECT_TOKEN"  # noqa: S105  # the name of a variable


def certified(command: Callable[..., None]) -> Callable[..., None]:
    """The options of whoever connects with a certificate."""
    for name, text in (
        ("--tls-crl", "what the authority revoked (sentinel ca crl); read anew at each connection"),
        ("--tls-key", "its key, PEM, mode 0600"),
        ("--tls-certificate", "the collector's, PEM (sentinel ca), with --tls-suites sm"),
    ):
        command = click.option(name, type=click.Path(path_type=Path, dir_okay=False, exists=True), help=text)(command)
    return command


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IFACE|CAPTURE…")
@click.option("--to", required=True, metavar="URL", help="the service, such as https://sentinel.plant:8443")
@click.option("--token-file", type=click.Path(path_type=Path), help=f"holds the token, for its owner only; or {TOKEN}")
@click.option("--ca", type=click.Path(path_type=Path), help="PEM of the authority behind the service's certificate")
@suites
@certified
@click.option("--spool", type=click.Path(path_type=Path, file_okay=False), default=lambda: data_folder() / "spool",
              help="where events wait for the service")  # fmt: skip
@click.option("--spool-size", type=click.IntRange(1), default=1024, show_default=True, help="its bound, in MiB")
@filtered
@captured
@kept
@key_file
def collect(
    inputs: tuple[str, ...], to: str, token_file: Path | None, ca: Path | None, tls_suites: str, tls_certificate: Path | None,
    tls_key: Path | None, tls_crl: Path | None, spool: Path, spool_size: int,
    filter: str, source: str, evidence_mib: int, evidence_days: int, evidence_snap: int, seal_key: Path | None,
) -> None:  # fmt: skip
    """Decode traffic here and ship its events to a service elsewhere; nothing is lost while that is away.

    Recent packets stay here, in the folder `evidence` of the spool: `sentinel evidence cut --data SPOOL` cuts them out.
    """
    from sentinel.collect import Collect
    from sentinel.collect import collect as ship
    from sentinel.crypto.suite import suite
    from sentinel.evidence.ring import Limits
    from sentinel.keys.tables import seals_of
    from sentinel.shipping.sender import Sender

    logs.begin()
    interfaces = tuple(name for name in inputs if not _is_capture(name))
    captures = tuple(name for name in inputs if _is_capture(name))
    limits = Limits.of(evidence_mib, evidence_days, evidence_snap)
    plan = Collect(
        interfaces, captures, spool.absolute(), spool_size << 20, filter, source, limits, seals_of(suite, seal_key)
    )
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    os.umask(0o077)  # what is spooled names people
    dial = dialled(tls_suites, tls_certificate, tls_key, ca, tls_crl)
    ship(plan, Sender(to, token_of(token_file, TOKEN), ca, dial), stopping)


def dialled(
    chosen: str, certificate: Path | None, key: Path | None, ca: Path | None, crl: Path | None
) -> Dial | None:  # fmt: skip
    """How to connect with these suites of TLS; none is Python's own way."""
    if chosen != SM:
        if certificate or key or crl:
            raise ConfigError("--tls-certificate, --tls-key and --tls-crl go with --tls-suites sm")
        return None
    if certificate is None or key is None or ca is None:
        raise ConfigError("--tls-suites sm needs --tls-certificate, --tls-key and --ca; see `sentinel ca`")
    from sentinel.crypto.suite import suite
    from sentinel.dial import Files, dialler

    return dialler(suite(), Files(certificate, key, ca, crl))


def _is_capture(name: str) -> bool:
    if Path("/sys/class/net", name).exists() and "/" not in name:
        return False
    if name != "-" and not Path(name).exists():
        raise InputError(f"`{name}` is neither a network interface nor a capture")
    return True


@click.group()
def collector() -> None:
    """The collectors that may send events: list, add and remove them."""


@collector.command("list")
@data_option
def list_collectors(data: Path) -> None:
    """List every collector, and how it is doing."""
    from sentinel.operations.fleet import standings
    from sentinel.store.backends.sqlite import SqliteStore

    with _collectors(data) as collectors, contextlib.closing(SqliteStore(data.absolute() / "events.db")) as store:
        found = standings(store, collectors)
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("name", "state", "heard (UTC)", "version"):
        table.add_column(name)
    for name in ("events", "waiting", "dropped", "lost", "missing"):
        table.add_column(name, justify="right")
    for each in found:
        heard = timestamp(each.heard)[:19] if each.heard else "-"
        table.add_row(each.name, each.state.value, heard, each.version or "-", f"{each.events:,}",
                      f"{each.waiting:,}", f"{each.dropped:,}", f"{each.lost:,}", f"{each.missing:,}")  # fmt: skip
    if found:
        screen().print(table)


@collector.command()
@click.argument("name")
@data_option
def add(name: str, data: Path) -> None:
    """Add a collector, and print its token: this once."""
    with _collectors(data) as collectors:
        click.echo(collectors.enrol(name, by=commander()))


@collector.command()
@click.argument("name")
@data_option
def remove(name: str, data: Path) -> None:
    """Take a collector's token away."""
    with _collectors(data) as collectors:
        collectors.remove(name, by=commander())
    click.echo(f"removed {name}")


@contextlib.contextmanager
def _collectors(data: Path) -> Iterator[Collectors]:
    from sentinel.accounts.collectors import Collectors  # here: slow to load and only needed for this command

    with opened(config_of(data)) as control:
        yield Collectors(control)
