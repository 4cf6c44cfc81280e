"""Enforcement points: which are registered, and whether decisions are made real at all."""

from __future__ import annotations

from collections.abc import Iterable

from sentinel.doctor.base import Check, Finding, Patient, State
from sentinel.errors import StoreError
from sentinel.store.glance import glance

_POINTS = "SELECT name, kind FROM point_settings WHERE active ORDER BY name"
_TOLD = frozenset({"nftables", "radius", "webhook"})


class Enforcement(Check):
    """Who carries decisions out."""

    rank = 40

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        if patient.control:
            yield _points(patient.control)


def _points(url: str) -> Finding:
    try:
        with glance(url) as control:
            found = control.rows(_POINTS) if control.has("point_settings") else []
    except StoreError as error:
        return Finding("enforcement", State.FAILED, str(error))
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
