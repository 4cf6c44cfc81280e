from __future__ import annotations

from random import Random

import pytest

from sentinel.access.information.timelines import Timelines, sessions
from sentinel.state.history import Held
from tests.deciding import AGV, NOW


class Past:
    """Counts how often it is asked."""

    def __init__(self, held: list[Held]) -> None:
        self.held, self.asked = held, 0

    def holders(self, kind: str, key: str, at: int) -> list[Held]:
        return [each for each in self.held if (each.kind, each.key) == (kind, key) and each.since <= at]

    def holdings(self, supi: str, since: int, until: int, most: int = 64) -> list[Held]:
        self.asked += 1
        found = [each for each in self.held if each.holder == supi and each.since < until]
        return [each for each in found if each.until is None or each.until >= since][:most]


def held(kind: str, key: str, since: int, until: int | None, supi: str = AGV) -> Held:
    return Held(kind, key, since, until, supi, {"fiveg.supi": supi})


def test_what_was_held_at_a_moment_is_read_once_and_is_what_the_past_says() -> None:
    chance = Random(3)
    past = Past([held("address", f"a{at}", NOW + chance.randrange(50), chance.choice((None, NOW + chance.randrange(80))))
                 for at in range(20)])  # fmt: skip
    timelines = Timelines(past)
    for at in range(NOW - 1, NOW + 100):
        expected = [each for each in past.held if each.since <= at and (each.until is None or each.until > at)]
        assert timelines.holdings(AGV, at, at + 1) == expected
    assert past.asked == 1
    assert len(timelines.holdings(AGV, NOW, NOW + 100)) > 0
    assert (past.asked, timelines.holders("address", "a0", NOW + 60)) == (2, [past.held[0]])


def test_moments_between_two_changes_are_of_one_phase() -> None:
    timelines = Timelines(Past([held("address", "a", 10, 20), held("context", "c", 15, None)]))
    numbers = [timelines.at(AGV, at).number for at in (9, 10, 14, 15, 19, 20, 21)]
    assert numbers == [0, 1, 1, 2, 2, 3, 3]


def test_what_is_remembered_has_an_end() -> None:
    past = Past([held("address", supi, 1, None, supi) for supi in ("x", "y", "z")])
    timelines = Timelines(past, most=2)
    assert [timelines.at(supi, 5).held[0].key for supi in ("x", "y", "z", "x", "z")] == ["x", "y", "z", "x", "z"]
    assert past.asked == 4


@pytest.mark.parametrize(("address", "expected"), [("a", ["a"]), ("b", ["b"]), ("other", ["a", "b"]), ("", ["a", "b"])])
def test_the_session_of_who_asks_is_that_of_its_address_or_may_be_any(address: str, expected: list[str]) -> None:
    several = [held("address", "a", 1, None), held("context", "c", 1, None), held("address", "b", 1, None)]
    assert [each.key for each in sessions(several, address)] == expected
