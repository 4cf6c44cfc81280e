"""`sentinel user`: the people who may log in, also when nobody can any more."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.accounts.roles import Role
from sentinel.cli.installation import commander, config_of, opened
from sentinel.cli.options import data_option

if TYPE_CHECKING:
    from sentinel.accounts.accounts import Accounts

_password = click.option("--password-stdin", "piped", is_flag=True, help="read the password from standard input")


@click.group()
def user() -> None:
    """The people who may log in: list and add them, give a new password, reset a second factor."""


@user.command("list")
@data_option
def list_users(data: Path) -> None:
    """List everybody: name, role, and whether they may log in."""
    with _accounts(data) as accounts:
        for account in accounts.everyone():
            click.echo(f"{account.name}\t{account.role}\t{'active' if account.active else 'deactivated'}")


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="what they may do")
@_password
@data_option
def add(name: str, role: str, piped: bool, data: Path) -> None:
    """Add a person; the password is asked for twice."""
    with _accounts(data) as accounts:
        accounts.create(name, _new_password(piped), Role(role), by=commander())
    click.echo(f"added {name}")


@user.command()
@click.argument("name")
@_password
@data_option
def reset(name: str, piped: bool, data: Path) -> None:
    """Give a person a new password, such as an administrator who forgot theirs; all of their sessions end."""
    with _accounts(data) as accounts:
        accounts.get(name)  # before anything is asked
        accounts.reset_password(name, _new_password(piped), by=commander())
    click.echo(f"{name} has a new password")


@user.command("reset-second-factor")
@click.argument("name")
@data_option
def reset_second_factor(name: str, data: Path) -> None:
    """Take all second factors from a person who lost theirs, such as the only administrator; their sessions end."""
    with _accounts(data) as accounts:
        accounts.reset_second_factor(name, by=commander())
    click.echo(f"{name} logs in with the password alone, until another second factor is set up")


def _new_password(piped: bool) -> str:
    if piped:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    return password


@contextlib.contextmanager
def _accounts(data: Path) -> Iterator[Accounts]:
    from sentinel.accounts.accounts import Accounts  # here: slow to load and only needed for this command

    with opened(config_of(data)) as control:
        yield Accounts(control)
