"""Where tables are printed: as wide as the terminal, or, where stdout is none, as wide as they are."""

from __future__ import annotations

import shutil
import sys

from rich.console import Console

_WHOLE = 10_000  # columns: what reads a pipe wants one line a row, and names uncut


def screen(*, fitted: bool = False) -> Console:
    """A console on stdout; a table too wide for that is `fitted` to a terminal wherever it goes, folded and not cut."""
    if fitted:
        return Console(highlight=False, width=shutil.get_terminal_size((160, 24)).columns)
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WHOLE)
