"""The doctor's report: a line for each finding, exit status 1 if something cannot be used."""

from __future__ import annotations

from click.testing import CliRunner

from sentinel.cli import commands


def test_a_line_for_each_finding() -> None:
    """In both languages."""
    told = CliRunner().invoke(commands, ["doctor", "--language", "en"])
    assert (told.exit_code, told.output.splitlines()[0].split("\t")[:2]) == (0, ["good", "crypto.accelerated"])
    told = CliRunner().invoke(commands, ["doctor", "--language", "zh-CN"])
    assert told.output.splitlines()[0].split("\t")[0] == "正常"


def test_what_cannot_be_used_is_a_failure() -> None:
    """Here a library that is none."""
    told = CliRunner().invoke(commands, ["doctor", "--language", "en", "--crypto-library", "libnowhere.so"])
    assert told.exit_code == 1
    assert "failed\tcrypto.accelerated\t`libnowhere.so` is no libcrypto" in told.output
