"""Guessing is slowed down, per name and address together, per name, per address; the right ones are let through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sentinel.accounts import throttle
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept

HOME, PROXY = "10.0.0.1", "203.0.113.9"


@pytest.fixture
def control(control_url: str) -> Iterator[ControlDatabase]:
    """An empty control database, in SQLite or PostgreSQL."""
    database = ControlDatabase(control_url, Kept())
    yield database
    database.close()


def _attempt(control: ControlDatabase, name: str, address: str, now: float) -> float:
    """Make an attempt that is wrong; the seconds that it has to wait instead."""
    try:
        with control.begin() as session:
            throttle.reserve(session, name, address, now)
    except throttle.TooManyAttemptsError as error:
        return error.wait
    return 0.0


def _succeed(control: ControlDatabase, name: str, address: str, now: float) -> None:
    with control.begin() as session:
        throttle.reserve(session, name, address, now)
    with control.begin() as session:
        throttle.succeeded(session, name, address, now)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(control: ControlDatabase) -> None:
    """Five attempts are free."""
    now = 1000.0
    assert [_attempt(control, "li", HOME, now) for _ in range(5)] == [0.0] * 5
    waits = []
    for _ in range(12):
        wait = _attempt(control, "li", HOME, now)
        waits.append(wait)
        now += wait
        assert _attempt(control, "li", HOME, now) == 0.0
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 900.0, 900.0]


def test_an_attempt_that_had_to_wait_is_not_counted(control: ControlDatabase) -> None:
    """Who keeps knocking does not wait longer for it."""
    for _ in range(50):
        _attempt(control, "li", HOME, 1000.0)
    assert _attempt(control, "li", HOME, 1001.0) == 0.0


def test_a_stranger_does_not_shut_the_owner_out(control: ControlDatabase) -> None:
    """From another address the name still works."""
    for _ in range(25):
        _attempt(control, "li", PROXY, 1000.0)
    assert _attempt(control, "li", HOME, 1000.0) == 0.0


def test_invented_names_slow_only_who_never_logged_in_from_there(control: ControlDatabase) -> None:
    """Behind a proxy everybody has one address."""
    _succeed(control, "root", PROXY, 1000.0)
    for number in range(30):
        _attempt(control, f"invented{number}", PROXY, 1000.0)
    assert _attempt(control, "wang", PROXY, 1000.0) > 0.0
    _succeed(control, "Root", PROXY, 1000.0)
    assert _attempt(control, "wang", PROXY, 1000.0 + throttle.FORGET_AFTER + 1) == 0.0


def test_guesses_from_everywhere_slow_a_name_but_not_where_it_is_known(control: ControlDatabase) -> None:
    """Fifty are free."""
    _succeed(control, "root", HOME, 1000.0)
    for number in range(50):
        assert _attempt(control, "root", f"198.51.100.{number}", 1000.0) == 0.0
    assert _attempt(control, "root", PROXY, 1000.0) > 0.0
    _succeed(control, "root", HOME, 1000.0)


def test_a_known_place_is_still_protected(control: ControlDatabase) -> None:
    """And known for a quarter of a year."""
    _succeed(control, "li", HOME, 1000.0)
    assert [_attempt(control, "li", HOME, 1000.0) > 0.0 for _ in range(6)] == [False] * 5 + [True]
    later = 1000.0 + throttle.KNOWN_FOR + 1
    for number in range(20):
        _attempt(control, f"invented{number}", HOME, later)
    assert _attempt(control, "li", HOME, later) > 0.0


def test_success_forgets_the_names_failures_and_is_none_of_the_address(control: ControlDatabase) -> None:
    """However many people log in from one address."""
    for number in range(100):
        _succeed(control, f"name{number}", PROXY, 1000.0)
    for _ in range(4):
        _attempt(control, "li", HOME, 1000.0)
    _succeed(control, "li", HOME, 1000.0)
    assert [_attempt(control, "li", HOME, 1000.0) for _ in range(5)] == [0.0] * 5


def test_an_hour_forgets_everything(control: ControlDatabase) -> None:
    """Counted from the last attempt."""
    for _ in range(6):
        _attempt(control, "li", HOME, 1000.0)
    later = 1000.0 + throttle.FORGET_AFTER + 1
    assert [_attempt(control, "li", HOME, later) for _ in range(5)] == [0.0] * 5


def test_a_new_password_forgives(control: ControlDatabase) -> None:
    """This name only."""
    for _ in range(6):
        _attempt(control, "li", HOME, 1000.0)
        _attempt(control, "wang", PROXY, 1000.0)
    with control.begin() as session:
        throttle.forgive(session, "li")
    assert _attempt(control, "li", HOME, 1000.0) == 0.0
    assert _attempt(control, "wang", PROXY, 1000.0) > 0.0
