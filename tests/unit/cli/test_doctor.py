"""The doctor's report: a line for each finding, exit status 1 if something cannot be used."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from sentinel.cli import commands


def test_a_line_for_each_finding() -> None:
    """In both languages."""
    told = CliRunner().invoke(commands, ["doctor", "--language", "en"])
    assert told.exit_code == 0
    assert "good\tcrypto.accelerated" in told.output
    told = CliRunner().invoke(commands, ["doctor", "--language", "zh-CN"])
    assert "正常\tcrypto.accelerated" in told.output


def test_it_takes_the_settings_that_are_shipped() -> None:
    """Every name in them is one that a command has; the site plan they name is not there yet."""
    settings = Path("deploy/systemd/sentinel.toml")
    told = CliRunner().invoke(commands, ["--config", str(settings), "doctor", "--language", "en"])
    assert "failed\tsite\t/etc/sentinel/site.yaml" in told.output


def test_what_cannot_be_used_is_a_failure() -> None:
    """Here a library that is none."""
    told = CliRunner().invoke(commands, ["doctor", "--language", "en", "--crypto-library", "libnowhere.so"])
    assert told.exit_code == 1
    assert "failed\tcrypto.accelerated\t`libnowhere.so` is no libcrypto" in told.output
