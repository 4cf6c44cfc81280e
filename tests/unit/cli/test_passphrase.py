"""Passphrases are read from standard input or asked for, and new ones are long enough."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from sentinel.cli.passphrase import asked, chosen, passphrase_option
from sentinel.errors import ConfigError


@click.command()
@passphrase_option
@click.option("--anew", is_flag=True)
def say(piped: bool, anew: bool) -> None:
    """Say the passphrase."""
    click.echo(f"<{chosen(piped) if anew else asked(piped)}>")


def test_a_line_of_standard_input() -> None:
    """Without its end."""
    assert CliRunner().invoke(say, ["--passphrase-stdin"], input="a b\r\nmore").output == "<a b>\n"


def test_a_new_one_is_asked_for_twice() -> None:
    """And refused if it is short."""
    told = CliRunner().invoke(say, ["--anew"], input="twelve chars\ntwelve chars\n")
    assert told.output.endswith("<twelve chars>\n")
    told = CliRunner().invoke(say, ["--anew", "--passphrase-stdin"], input="elevenchars\n")
    assert isinstance(told.exception, ConfigError)


def test_one_that_differs_is_asked_for_again() -> None:
    told = CliRunner().invoke(say, ["--anew"], input="twelve chars\nother\n")
    assert told.exit_code == 1


@pytest.mark.parametrize("text", ["", "\n"])
def test_nothing_is_too_short(text: str) -> None:
    told = CliRunner().invoke(say, ["--anew", "--passphrase-stdin"], input=text)
    assert isinstance(told.exception, ConfigError)
