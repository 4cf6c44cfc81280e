"""Polls: cycle, jitter and response time."""

from __future__ import annotations

from sentinel.forecast.rhythm import LEAST, Rhythm
from sentinel.model.event import PlainEvent, Value

SECOND = 10**9
KEY = ("10.45.0.2", "10.11.6.50", "modbus", "read")


def message(at: float, said: dict[str, Value] | None = None, *, answer: bool = False) -> PlainEvent:
    """A poll, or the answer to one."""
    ends = KEY[:2][::-1] if answer else KEY[:2]
    fields: dict[str, Value] = {
        "source.ip": ends[0], "destination.ip": ends[1], "ot.direction": "response" if answer else "request",
        "ot.operation": "read", "ot.function": "read", **(said or {}),
    }  # fmt: skip
    return PlainEvent("modbus.read", int(at * SECOND), "0", "test", 0, fields)


def polled(times: int, delay: float = 0.02, late: float = 0.0) -> dict[tuple[str, ...], float]:
    """The numbers of so many polls a second apart, of which one comes late."""
    rhythm = Rhythm()
    for number in range(1, times + 1):
        at = number + (late if number == 3 else 0.0)
        rhythm.take(message(at, {"ot.transaction_id": number}))
        rhythm.take(message(at + delay, {"ot.transaction_id": number}, answer=True))
    return {key: round(value) for key, value in rhythm.close().items()}


def test_a_steady_poll_has_a_cycle_and_no_jitter() -> None:
    assert polled(30) == {("ot.cycle", *KEY): 1000, ("ot.jitter", *KEY): 0, ("ot.response", *KEY): 20}


def test_a_poll_that_comes_late_is_jitter() -> None:
    assert polled(30, late=0.4)["ot.jitter", *KEY] == 400


def test_few_polls_are_no_number() -> None:
    assert polled(LEAST - 1) == {}
    assert polled(LEAST).keys() == {("ot.response", *KEY)}


def test_writes_and_answers_that_nobody_asked_for_are_no_polls() -> None:
    rhythm = Rhythm()
    for number in range(30):
        rhythm.take(message(number, {"ot.operation": "write"}))
        rhythm.take(message(number + 0.5, answer=True))
    assert rhythm.close() == {}


def test_what_is_kept_goes_on() -> None:
    one, other = Rhythm(), Rhythm()
    for number in range(30):
        one.take(message(number))
    other.load(one.dump())
    assert other.close() == one.close() != {}
