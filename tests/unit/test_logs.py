"""The log of a process: each message once a minute."""

from __future__ import annotations

import logging

from sentinel.logs import AGAIN, Repeats


def _said(message: str, *args: object, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("sentinel.worker", level, __file__, 1, message, args, None)


def test_what_is_said_again_is_told_after_a_minute_with_how_often() -> None:
    now = 100.0
    repeats = Repeats(lambda: now)
    told = list[str]()
    for _ in range(130):
        record = _said("%s is full", "the disk")
        if repeats.filter(record):
            told.append(record.getMessage())
        now += 1
    each = int(AGAIN) - 1
    assert told == [
        "the disk is full",
        f"the disk is full (and {each} times before)",
        f"the disk is full (and {each} times before)",
    ]


def test_what_differs_is_told() -> None:
    repeats = Repeats(lambda: 1.0)
    assert repeats.filter(_said("%s", "a"))
    assert repeats.filter(_said("%s", "b"))
    assert repeats.filter(_said("%s", "a", level=logging.ERROR))
    assert not repeats.filter(_said("%s", "a"))


def test_what_is_remembered_is_bounded() -> None:
    repeats = Repeats(lambda: 1.0)
    for number in range(5000):
        repeats.filter(_said("%d", number))
    assert len(repeats._said) <= 1000
