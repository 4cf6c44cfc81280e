"""What a pipe gets of a table."""

from __future__ import annotations

import pytest
from rich.table import Table

from sentinel.cli.screen import screen


def test_a_pipe_gets_every_row_on_one_line_and_uncut(capsys: pytest.CaptureFixture[str]) -> None:
    cells = ["long-" * 60, "words of a title " * 30]
    table = Table("slug", "title", box=None)
    table.add_row(*cells)
    screen().print(table)
    _, row = capsys.readouterr().out.splitlines()
    assert [cell.strip() in row for cell in cells] == [True, True]
