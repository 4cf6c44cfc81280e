"""`sentinel policy`, over the data of a service: versions, approvals, publication and rollback."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from sentinel.cli.installation import config_of, opened
from sentinel.cli.options import data_option
from sentinel.cli.policy import folder, json_option, site_option, write, zone_of
from sentinel.cli.policy_analysis import policy
from sentinel.config import shipped

if TYPE_CHECKING:
    from sentinel.access.authoring.pap import Pap
    from sentinel.accounts.roles import Permission
    from sentinel.store.control import ControlDatabase

__all__ = ["policy"]

_Command = TypeVar("_Command", bound=Callable[..., object])


def _options(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """Several options that belong together."""
    return lambda command: functools.reduce(lambda made, option: option(made), options, command)


person = _options(
    click.option("--as", "name", required=True, help="your name in the console; its password is asked for"),
    click.option("--password-stdin", "piped", is_flag=True, help="read the password from standard input"),
    data_option,
)
_why = _options(
    click.option("--reason", required=True, help="why, for those who approve and for the record"),
    click.option("--ticket", default="", help="the change that it belongs to"),
    person,
)
number = click.argument("version", type=int)


@policy.command()
@data_option
@json_option
def versions(data: Path, as_json: bool) -> None:
    """List the versions of the policy, with who wrote, approved and published them."""
    with control_of(data) as control:
        found = _pap(data, control).versions()
    if as_json:
        write([asdict(each) for each in found])
    for each in () if as_json else found:
        state = (
            f"published by {each.publisher}" if each.published else f"approved by {', '.join(each.approvals) or '-'}"
        )
        click.echo(f"{each.version}\t{each.digest[:16]}\t{each.author}\t{state}\t{each.reason}")


@policy.command()
@folder
@site_option
@click.option("--bundle-keys", type=click.Path(path_type=Path, file_okay=False, exists=True), envvar="SENTINEL_RUN_BUNDLE_KEYS",
              help="as the service has it; with policies.pub in it, the folder has to be a signed bundle (sentinel bundle)")  # fmt: skip
@_why
def draft(
    directory: Path | None, site: Path | None, bundle_keys: Path | None, reason: str, ticket: str, name: str,
    piped: bool, data: Path,
) -> None:  # fmt: skip
    """Keep policy files as a new version, to be approved by two others."""
    from sentinel.signing import policies_signed, policy_files

    config = replace(config_of(data), bundle_keys=bundle_keys)
    signed = policies_signed(config)
    with (
        acting(data, name, "policy", piped=piped) as (control, pap),
        policy_files(config, control, directory or shipped("policies")) as files,
    ):
        made = pap.draft(files, zone_of(site), by=name, reason=reason, ticket=ticket, signed=signed)
    click.echo(f"version {made.version}, SM3 {made.digest}")


@policy.command()
@number
@person
def approve(version: int, name: str, piped: bool, data: Path) -> None:
    """Approve a version of somebody else's."""
    with acting(data, name, "approve", piped=piped) as (_, pap):
        made = pap.approve(version, by=name)
    click.echo(f"version {version} is approved by {', '.join(made.approvals)}")


@policy.command()
@number
@person
def publish(version: int, name: str, piped: bool, data: Path) -> None:
    """Put a version that two others approved into force; a service that runs takes it up within a second or two."""
    with acting(data, name, "policy", piped=piped) as (_, pap):
        made = pap.publish(version, by=name)
    click.echo(f"version {version} is in force, SM3 {made.digest}")


@policy.command()
@number
@_why
def rollback(version: int, reason: str, ticket: str, name: str, piped: bool, data: Path) -> None:
    """Keep the content of a version that was in force as a new version, to be approved like any other."""
    with acting(data, name, "policy", piped=piped) as (_, pap):
        made = pap.rollback(version, by=name, reason=reason, ticket=ticket)
    click.echo(f"version {made.version} repeats version {version}, SM3 {made.digest}")


def _pap(data: Path, control: ControlDatabase) -> Pap:
    from sentinel.access.authoring.pap import Pap
    from sentinel.keys.opening import snapshots_of

    return Pap(control, snapshots=snapshots_of(config_of(data), control))


@contextlib.contextmanager
def acting(data: Path, name: str, permission: str, *, piped: bool) -> Iterator[tuple[ControlDatabase, Pap]]:
    """The versions of a service, for somebody who may do this, and knows their password."""
    from sentinel.accounts.roles import Permission

    with control_of(data) as control:
        _known(control, name, Permission(permission), piped=piped)
        yield control, _pap(data, control)


def _known(control: ControlDatabase, name: str, permission: Permission, *, piped: bool) -> None:
    """Return if this is somebody who may do this, and knows their password."""
    from sentinel.accounts.accounts import Accounts
    from sentinel.accounts.roles import require

    password = sys.stdin.readline().rstrip("\r\n") if piped else click.prompt("Password", hide_input=True)
    accounts = Accounts(control)
    login = accounts.login(name, password)
    accounts.logout(login.token)
    require(login.account.role, permission)


def control_of(data: Path) -> contextlib.AbstractContextManager[ControlDatabase]:
    """The control database of a service."""
    return opened(config_of(data))
