"""Guessing is slowed down, per name and address together, per address, per name."""

from __future__ import annotations

from sentinel.access import throttle
from sentinel.store.control import ControlDatabase


def _fail(control: ControlDatabase, name: str, address: str, times: int, now: float) -> None:
    for _ in range(times):
        with control.begin() as session:
            throttle.failed(session, name, address, now)


def _wait(control: ControlDatabase, name: str, address: str, now: float) -> float:
    with control.begin() as session:
        try:
            throttle.check(session, name, address, now)
        except throttle.TooManyAttemptsError as error:
            return error.wait
    return 0.0


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    """Four mistakes are free."""
    control = ControlDatabase("sqlite://")
    waits = []
    for _ in range(17):
        waits.append(_wait(control, "li", "10.0.0.1", 1000.0))
        _fail(control, "li", "10.0.0.1", 1, 1000.0)
    assert waits == [0.0] * 5 + [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 900.0, 900.0]
    assert _wait(control, "li", "10.0.0.1", 1000.0 + 901) == 0.0
    control.close()


def test_a_stranger_does_not_lock_the_owner_out_at_once() -> None:
    """From another address the name still works; the stranger's address waits for every name."""
    control = ControlDatabase("sqlite://")
    _fail(control, "li", "203.0.113.9", 25, 1000.0)
    assert _wait(control, "li", "10.0.0.1", 1000.0) == 0.0
    assert _wait(control, "wang", "203.0.113.9", 1000.0) > 0.0
    control.close()


def test_success_forgets_the_names_failures() -> None:
    """And a day forgets everything."""
    control = ControlDatabase("sqlite://")
    _fail(control, "li", "10.0.0.1", 8, 1000.0)
    with control.begin() as session:
        throttle.succeeded(session, "li", "10.0.0.1")
    assert _wait(control, "li", "10.0.0.1", 1000.0) == 0.0
    control.close()
