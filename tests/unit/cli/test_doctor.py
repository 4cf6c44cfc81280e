"""The doctor's report: a line for each finding, exit status 1 if something cannot be used."""

from __future__ import annotations

from click.testing import CliRunner

from sentinel.cli import commands


def test_a_line_for_each_finding() -> None:
    """In both languages."""
    told = CliRunner().invoke(commands, ["doctor", "--language", "en"])
    assert told.exit_code == 0
    assert "good\tcrypto.accelerated" in told.output
    told = CliRunner().invoke(commands, ["doctor", "--language", "zh-CN"])
    assert "正常\tcrypto.accelerated" in told.output


def test_what_cannot_be_used_is_a_failure() -> None:
    """Here a library that is none."""
    told = CliRunner().invoke(commands, ["doctor", "--language", "en", "--crypto-library", "libnowhere.so"])
    assert told.exit_code == 1
    assert "failed\tcrypto.accelerated\t`libnowhere.so` is no libcrypto" in told.output
