"""Options that several commands have mean the same in each."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sentinel.cli.options import data_option


@click.command()
@data_option
def where(data: Path) -> None:
    """Say where the data is."""
    click.echo(data)


def test_data_is_that_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the option, from the environment of `sentinel run`, or in the home folder."""
    monkeypatch.setenv("HOME", "/home/zhang")
    assert CliRunner().invoke(where, ["--data", "a"]).output == "a\n"
    assert CliRunner().invoke(where, env={"SENTINEL_RUN_DATA": "b"}).output == "b\n"
    assert CliRunner().invoke(where).output == "/home/zhang/.local/share/sentinel\n"
