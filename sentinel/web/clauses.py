"""What a clause of a rule wants, as people write it: hours of the week, moments, durations, sets and bounds."""

from __future__ import annotations

import re

from sentinel.web.i18n import N_, Translator

_DAY = 24 * 60
_RANGE = re.compile(r"(\d+) …(?: (\d+))?")
_MOST_SPANS = 8
DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def wanted(translate: Translator, clause: str, text: str) -> str:
    """What a clause wants, from the text of the rule's own condition."""
    ranges = [(int(low), int(high) if high else None) for low, high in _RANGE.findall(text)]
    if not ranges:
        return text.removeprefix("in ").strip("[]").replace(", ", translate(N_(" or ")))
    if clause == "minute":
        spans = [_hours(translate, low, high or 0) for low, high in ranges[:_MOST_SPANS]]
        return translate(N_(", ")).join(spans) + (" …" if len(ranges) > _MOST_SPANS else "")
    return translate(N_(" or ")).join(_bound(translate, clause, low, high) for low, high in ranges)


def _hours(translate: Translator, low: int, high: int) -> str:
    end = high + 1
    day = translate(DAYS[low // _DAY % 7])
    until = f"{end % _DAY // 60:02d}:{end % 60:02d}" if end % _DAY else "24:00"
    last = (end - 1) // _DAY % 7
    other = "" if last == low // _DAY else f"{translate(DAYS[last])} "
    return f"{day} {low % _DAY // 60:02d}:{low % 60:02d}–{other}{until}"


def _bound(translate: Translator, clause: str, low: int, high: int | None) -> str:
    def said(value: int) -> str:
        return translate.lasting(value * 10**9) if clause.endswith("_age") else str(value)

    if clause == "time" and high is not None:
        return translate(N_("before its end"))
    if high is None or (clause == "trust" and high == 100):
        return f"≥ {said(low)}"
    return f"≤ {said(high)}" if low == 0 else f"{said(low)}–{said(high)}"
