"""Enforcement points: which are registered, and whether decisions are made real at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sentinel.doctor.base import Check, Finding, Patient, State

_POINTS = "SELECT name, kind FROM point_settings WHERE active ORDER BY name"
_THERE = "SELECT 1 FROM sqlite_master WHERE name = 'point_settings'"  # not before this version ran once
_TOLD = frozenset({"nftables", "radius", "webhook"})


class Enforcement(Check):
    """Who carries decisions out."""

    rank = 40

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        control = patient.data / "control.db"
        if control.is_file():
            yield _points(control)


def _points(path: Path) -> Finding:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            there = connection.execute(_THERE).fetchone()
            found = [(str(name), str(kind)) for name, kind in connection.execute(_POINTS)] if there else []
    except sqlite3.Error as error:
        return Finding("enforcement", State.FAILED, f"`{path}` cannot be read: {error}")
    named = ", ".join(f"{name} ({kind})" for name, kind in found)
    if not found:
        text, text_zh = (
            "no enforcement point is registered (sentinel enforce add)",
            "未登记任何策略执行点（sentinel enforce add）",
        )
        return Finding("enforcement", State.LACKING, text, text_zh)
    if not _TOLD & {kind for _, kind in found}:
        text = f"{named}; none of them can cut a session that is under way"
        return Finding("enforcement", State.LACKING, text, f"{named}；其中没有能切断在线会话的执行点")
    return Finding("enforcement", State.GOOD, named, named)
