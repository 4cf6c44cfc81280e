"""`--help` in Chinese: whole, current, and no wider than the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from unicodedata import east_asian_width

from sentinel.cli import commands
from sentinel.cli.translated import messages, spoken


def test_every_text_has_its_chinese_and_no_other_is_left_over() -> None:
    """A new option needs a line in the catalogue; one that went takes its line along."""
    assert set(messages()) == set(spoken(commands))


def test_no_chinese_text_is_empty() -> None:
    """An entry that was only begun shows nothing."""
    assert all(messages().values())


def test_chinese_is_spoken_by_locale_and_lines_fit() -> None:
    """Wide characters take two columns, by which lines are broken."""
    shown = _help("zh_CN.UTF-8", "run")
    assert "运行服务：工作进程、控制台和 API。" in shown
    assert "用法：" in shown
    assert "显示本说明并退出。" in shown
    assert max(map(_columns, shown.splitlines())) <= 81  # half a character may hang over


def test_others_read_english() -> None:
    """Neither the language nor the layout of other locales changes."""
    shown = _help("C.UTF-8", "run")
    assert "Run the service: worker, console and API." in shown
    assert shown.isascii() or "\N{HORIZONTAL ELLIPSIS}" in shown


def _help(locale: str, *command: str) -> str:
    environment = {**os.environ, "LC_ALL": locale, "COLUMNS": "80"}
    told = [sys.executable, "-c", "from sentinel.cli import main; main()", *command, "--help"]
    return subprocess.run(told, env=environment, capture_output=True, text=True, check=True, encoding="utf-8").stdout


def _columns(line: str) -> int:
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in line)
