from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from sentinel.access.administration.dispatch import Dispatch
from sentinel.model.enforcement import Binding, Command, Outcome, Verb
from tests.continuous import Recording


class _Ears:
    """Hears what came; `deaf` to the first so many."""

    def __init__(self, deaf: int = 0) -> None:
        self.deaf = deaf
        self.came_: list[Outcome] = []
        self.undone_: list[Outcome] = []
        self.broken: list[str] = []

    def came(self, outcome: Outcome) -> None:
        if self.deaf:
            self.deaf -= 1
            raise ValueError("what is this")
        self.came_.append(outcome)

    def undone(self, outcome: Outcome) -> None:
        self.undone_.append(outcome)

    def broke(self, point: str, error: Exception) -> None:
        self.broken.append(f"{point}: {error}")


class _Slow(Recording):
    """Takes its time."""

    def __init__(self) -> None:
        super().__init__("slow")
        self.may = threading.Event()

    def _apply(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        self.may.wait(5)
        return super()._apply(commands)


def _command(number: int) -> Command:
    return Command(Verb.QUARANTINE, f"d{number}", Binding("1", address="10.45.1.11"), 60)


def test_a_slow_point_holds_up_no_other_and_takes_what_waited_together() -> None:
    ears = _Ears()
    slow, quick = _Slow(), Recording("quick")
    dispatch = Dispatch([slow, quick], ears)
    assert dispatch.able(Verb.CUT) == ("slow", "quick")
    for number in range(20):
        dispatch.send(_command(number), ["slow", "quick", "nobody"])
    end = time.monotonic() + 5
    while len(quick.applied) < 20 and time.monotonic() < end:
        time.sleep(0.005)
    assert (len(quick.applied), len(slow.applied)) == (20, 0)
    assert dispatch.standing()["slow"].waiting == 20  # also those that are on their way
    assert dispatch.standing()["slow"].last is None
    slow.may.set()
    dispatch.close()
    assert [command.decision for command in slow.commands] == [f"d{number}" for number in range(20)]
    assert len(ears.came_) == 40
    assert dispatch.standing()["slow"].waiting == 0


def test_what_is_taken_back_is_so_in_its_order() -> None:
    point, ears = Recording(), _Ears()
    dispatch = Dispatch([point], ears)
    dispatch.send(_command(1), ["gw"])
    dispatch.undo(_command(1), ["gw"])
    dispatch.send(_command(2), ["gw"])
    dispatch.close()
    assert [command.decision for command in point.commands] == ["d1", "d2"]
    assert [command.decision for command in point.undone] == ["d1"]
    assert [outcome.command for outcome in ears.undone_] == [_command(1).id]


def test_an_outcome_that_cannot_be_taken_in_ends_no_thread_and_is_told() -> None:
    point, ears = Recording(), _Ears(deaf=1)
    dispatch = Dispatch([point], ears)
    for number in range(3):
        dispatch.send(_command(number), ["gw"])
    dispatch.close()
    assert ears.broken == ["gw: what is this"]
    assert [outcome.command for outcome in ears.came_] == [_command(number).id for number in (1, 2)]
    assert dispatch.standing()["gw"].last == ears.came_[-1]
