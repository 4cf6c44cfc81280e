"""`sentinel enforce`: what makes decisions real; what runs on a gateway."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from pathlib import Path

import click

from sentinel.cli.options import token_of

TOKEN = "SENTINEL_ENFORCE_TOKEN"  # noqa: S105  # the name of a variable


@click.group()
def enforce() -> None:
    """Enforcement points: what makes decisions real."""


@enforce.command()
@click.option("--from", "url", required=True, metavar="URL", help="the service, such as https://sentinel.plant:8443")
@click.option("--token-file", type=click.Path(path_type=Path), help=f"holds the token, for its owner only; or {TOKEN}")
@click.option("--ca", type=click.Path(path_type=Path), help="PEM of the authority behind the service's certificate")
@click.option("--pool", "pools", multiple=True, required=True, metavar="NETWORK",
              help="addresses of terminals, such as 10.45.0.0/16: nothing of theirs passes without a permit")  # fmt: skip
@click.option(
    "--remove-table", is_flag=True, help="when it ends, take the table away; then nothing is stopped any more"
)
def nftables(url: str, token_file: Path | None, ca: Path | None, pools: tuple[str, ...], remove_table: bool) -> None:
    """Let through on this gateway what the service permits, and nothing else of terminals; needs CAP_NET_ADMIN.

    While the service is away nothing new passes, and permits end by their time.
    """
    from sentinel.enforcement.following import WAIT, Follower, Remote
    from sentinel.enforcement.netfilter import Netfilter
    from sentinel.shipping.sender import Service

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s: %(message)s")
    with (
        contextlib.closing(Service(url, token_of(token_file, TOKEN), ca, WAIT + 10)) as service,
        contextlib.closing(Netfilter()) as netfilter,
    ):
        netfilter.begin(pools)
        follower = Follower(Remote(service), netfilter)
        threading.Thread(target=follower.run, daemon=True, name="follower").start()
        _until_told()
        follower.stopping.set()
        if remove_table:
            netfilter.end()


def _until_told() -> None:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    stopping.wait()
