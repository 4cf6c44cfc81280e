"""Where tables are printed: as wide as the terminal, or, where stdout is none, as wide as they are."""

from __future__ import annotations

import sys

from rich.console import Console

_WHOLE = 10_000  # columns: what reads a pipe wants one line a row, and names uncut


def screen() -> Console:
    """A console on stdout."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WHOLE)
