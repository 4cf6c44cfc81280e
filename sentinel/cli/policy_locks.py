"""`sentinel policy lock`: an extra deny at once, outside the versioned policy, for some time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.language import WORDS
from sentinel.cli.options import data_option, seal_option
from sentinel.cli.policy import json_option, language_option, write
from sentinel.cli.policy_mine import policy
from sentinel.cli.policy_versions import acting, control_of, person
from sentinel.config import Config, shipped

if TYPE_CHECKING:
    from sentinel.access.deciding.locks import Locks
    from sentinel.site import SitePlan
    from sentinel.store.control import ControlDatabase

__all__ = ["policy"]

SUBJECTS = ("supi", "imei", "certificate", "slice", "site")
reason_option = click.option("--reason", required=True, help="why, for the record")


@policy.command()
@click.argument("subject", type=click.Choice(SUBJECTS))
@click.argument("value")
@reason_option
@click.option("--minutes", type=click.IntRange(min=1), default=60, show_default=True, help="after which it ends")
@click.option(
    "--site", type=click.Path(path_type=Path), envvar="SENTINEL_RUN_SITE", help="site plan, for a slice or the site"
)
@seal_option
@person
def lock(
    subject: str, value: str, reason: str, minutes: int, site: Path | None, seal: bool, name: str, piped: bool, data: Path
) -> None:  # fmt: skip
    """Deny everything to a terminal, a device, a certificate, a slice or the site; a service that runs acts at once."""
    from sentinel.access.deciding.locks import Subject, meets_somebody
    from sentinel.site import load_site

    plan = load_site(site) if site else None
    meets_somebody(Subject(subject), value, plan)  # before a password is asked for
    with acting(data, name, "approve", piped=piped) as (control, _), _locks(data, control, plan, seal=seal) as locks:
        made = locks.set(Subject(subject), value, by=name, reason=reason, seconds=minutes * 60)
    click.echo(f"lock {made.id}")


@policy.command()
@click.argument("identifier", metavar="LOCK")
@reason_option
@seal_option
@person
def unlock(identifier: str, reason: str, seal: bool, name: str, piped: bool, data: Path) -> None:
    """Take a lock away before it ends."""
    with acting(data, name, "policy", piped=piped) as (control, _), _locks(data, control, seal=seal) as locks:
        locks.lift(identifier, by=name, reason=reason)
    click.echo(f"lifted {identifier}")


@policy.command()
@seal_option
@data_option
@json_option
@language_option
def locks(seal: bool, data: Path, as_json: bool, language: str) -> None:
    """List the locks that stand."""
    with control_of(data) as control, _locks(data, control, seal=seal) as found:
        standing = found.standing(time.time_ns())
    if as_json:
        write([asdict(each) for each in standing])
    for each in () if as_json else standing:
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each.expires / 1e9))
        told = WORDS[language]["locked_until"].format(owner=each.owner, until=until)
        click.echo(f"{each.id}\t{each.subject}:{each.value}\t{told}\t{each.reason}")


@contextlib.contextmanager
def _locks(
    data: Path, control: ControlDatabase, site: SitePlan | None = None, *, seal: bool
) -> Iterator[Locks]:  # fmt: skip
    """The locks of a service."""
    from sentinel.access.deciding.locks import Locks
    from sentinel.keys.opening import sealing_of
    from sentinel.model.facts import Kind
    from sentinel.store.facts import FactLog

    config = Config(data=data.absolute(), rules=shipped("rules"), seal=seal)
    with contextlib.closing(FactLog(config.facts, sealing_of(config, control))) as log:
        found = Locks(log, control.tell, site)
        for told in log.after(0, [Kind.LOCK]):
            found.take(told)
        yield found
