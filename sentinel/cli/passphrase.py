"""Passphrases of keys, as commands ask for them."""

from __future__ import annotations

import sys

import click

from sentinel.errors import ConfigError

SHORTEST = 12  # characters

passphrase_option = click.option(
    "--passphrase-stdin", "piped", is_flag=True, help="read the passphrase of the key from standard input"
)


def asked(piped: bool) -> str:
    """The passphrase of a key that there is."""
    return _line() if piped else _prompted(anew=False)


def chosen(piped: bool) -> str:
    """One for a new key, asked for twice; raises `ConfigError` for one that is too short."""
    passphrase = _line() if piped else _prompted(anew=True)
    if len(passphrase) < SHORTEST:
        raise ConfigError(f"the passphrase of a key has {SHORTEST} characters or more")
    return passphrase


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _prompted(*, anew: bool) -> str:
    passphrase: str = click.prompt("Passphrase of the key", hide_input=True, confirmation_prompt=anew)
    return passphrase
