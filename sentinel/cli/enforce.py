"""`sentinel enforce`: what makes decisions real; what runs on a gateway."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel import logs
from sentinel.cli.installation import commander, opened
from sentinel.cli.options import data_option, rooted, token_of
from sentinel.config import Config, shipped

if TYPE_CHECKING:
    from sentinel.enforcement.registry import Registry
    from sentinel.store.control import ControlDatabase

SECRET = "SENTINEL_ENFORCE_SECRET"  # noqa: S105  # the name of a variable
KINDS = ("authzen", "dn-aaa", "http", "envoy", "nftables", "radius", "webhook")
SESSION_KEYS = ("imsi", "accounting", "address")
TOKEN = "SENTINEL_ENFORCE_TOKEN"  # noqa: S105  # the name of a variable


@click.group()
def enforce() -> None:
    """Enforcement points: what makes decisions real."""


@enforce.command()
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(KINDS), required=True, help="what it is; radius is an SMF that takes Disconnect and CoA"
)
@click.option("--address", default="", help="where it is told: HOST:PORT of an SMF, or https://… of a webhook")
@click.option(
    "--secret-file", type=click.Path(path_type=Path), help="holds the secret shared with it, for its owner only"
)
@click.option("--session-keys", "keys", type=click.Choice(SESSION_KEYS), help="how the SMF has sessions named")
@click.option("--webhook-ca", "ca", type=click.Path(path_type=Path, exists=True), help="PEM of a webhook's authority")
@data_option
@rooted
def add(
    name: str, kind: str, address: str, secret_file: Path | None, keys: str | None, ca: Path | None, data: Path, root_key: str
) -> None:  # fmt: skip
    """Register an enforcement point; of one that asks the token is printed, this once.

    One that is told is taken up within a second or two by a service that runs.
    """
    from sentinel.accounts.points import Points
    from sentinel.enforcement.registry import Kind, Registered

    point = Registered(name, Kind(kind), address, keys or "", str(ca.absolute()) if ca else "")
    secret = token_of(secret_file, SECRET).encode() if secret_file else b""
    with _registry(data, root_key) as (control, registry):
        token = Points(control).enrol(name, by=commander()) if point.kind.asks else ""
        registry.add(point, secret, by=commander())
    click.echo(token or f"added {name}")


@enforce.command("list")
@data_option
@rooted
def list_points(data: Path, root_key: str) -> None:
    """List the enforcement points: name, kind, where it is, and whether it may ask."""
    from sentinel.accounts.points import Points

    with _registry(data, root_key) as (control, registry):
        tokens = {each.name: each.active for each in Points(control).everyone()}
        for each in registry.everyone():
            asks = ("asks" if tokens.get(each.name) else "token removed") if each.kind.asks else "told"
            click.echo(f"{each.name}\t{each.kind}\t{each.address or '-'}\t{asks}")


@enforce.command()
@click.argument("name")
@data_option
@rooted
def remove(name: str, data: Path, root_key: str) -> None:
    """Forget an enforcement point, its token and its secret."""
    from sentinel.accounts.points import Points

    with _registry(data, root_key) as (control, registry):
        if registry.remove(name, by=commander()).kind.asks:
            Points(control).remove(name, by=commander())
    click.echo(f"removed {name}")


@contextlib.contextmanager
def _registry(data: Path, root_key: str) -> Iterator[tuple[ControlDatabase, Registry]]:
    from sentinel.enforcement.registry import Registry
    from sentinel.keys.opening import vault_of
    from sentinel.keys.vault import POINTS

    config = Config(data=data.absolute(), rules=shipped("rules"), root_key=root_key)
    with opened(config) as control:
        yield control, Registry(control, vault_of(config, control, POINTS))


@enforce.command()
@click.option("--from", "url", metavar="URL", help="the service, such as https://sentinel.plant:8443")
@click.option("--token-file", type=click.Path(path_type=Path), help=f"holds the token, for its owner only; or {TOKEN}")
@click.option("--ca", type=click.Path(path_type=Path), help="PEM of the authority behind the service's certificate")
@click.option("--pool", "pools", multiple=True, required=True, metavar="NETWORK",
              help="addresses of terminals, such as 10.45.0.0/16: nothing of theirs passes without a permit")  # fmt: skip
@click.option(
    "--remove-table", is_flag=True, help="when it ends, take the table away; then nothing is stopped any more"
)
@click.option(
    "--closed",
    is_flag=True,
    help="load the table, through which nothing passes yet, and exit; for the time before the network is up",
)
def nftables(
    url: str | None, token_file: Path | None, ca: Path | None, pools: tuple[str, ...], remove_table: bool, closed: bool
) -> None:
    """Let through on this gateway what the service permits, and nothing else of terminals; needs CAP_NET_ADMIN.

    While the service is away nothing new passes, and permits end by their time.
    """
    from sentinel.enforcement.agent import WAIT, Follower, Remote
    from sentinel.enforcement.netfilter import Netfilter
    from sentinel.shipping.sender import Service

    logs.begin()
    if closed:
        with contextlib.closing(Netfilter()) as netfilter:
            netfilter.begin(pools)
        return
    if url is None:
        raise click.UsageError("expected --from with the service, or --closed")
    with (
        contextlib.closing(Service(url, token_of(token_file, TOKEN), ca, WAIT + 10)) as service,
        contextlib.closing(Netfilter()) as netfilter,
    ):
        follower = Follower(Remote(service), netfilter, pools)
        follower.start()
        _until_told()
        follower.stopping.set()
        if remove_table:
            netfilter.end()


def _until_told() -> None:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    stopping.wait()
