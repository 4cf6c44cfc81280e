from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

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
        self.may, self.entered = threading.Event(), threading.Event()

    def _apply(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        self.entered.set()
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


def test_points_come_change_and_go_and_nothing_that_waits_is_lost() -> None:
    """What waits at one that has changed goes to it as it is now; one that is gone carries out what waits."""
    ears, slow, leaving, kept = _Ears(), _Slow(), Recording("leaving"), Recording("kept")
    dispatch = Dispatch([slow, leaving, kept], ears)
    dispatch.send(_command(1), ["slow"])
    wait_for(slow.entered.is_set)
    for number in (2, 3):
        dispatch.send(_command(number), ["slow", "leaving", "kept"])
    changed, new = Recording("slow"), Recording("new")
    assert dispatch.take_up([changed, kept, new]) == {"slow", "new"}
    dispatch.send(_command(4), ["slow", "leaving", "kept", "new"])
    wait_for(lambda: len(changed.applied) == 3 and len(leaving.applied) == 2 and len(new.applied) == 1)
    slow.may.set()
    assert set(dispatch.standing()) == {"slow", "kept", "new"}
    dispatch.close()
    said = {point: [command.decision for command in point.commands] for point in (slow, changed, leaving, kept, new)}
    assert said == {
        slow: ["d1"],
        changed: ["d2", "d3", "d4"],
        leaving: ["d2", "d3"],
        kept: ["d2", "d3", "d4"],
        new: ["d4"],
    }
    assert dispatch.standing()["slow"].waiting == 0


def test_one_that_is_changed_back_and_forth_while_it_is_slow_loses_nothing() -> None:
    ears, slow, last = _Ears(), _Slow(), Recording("slow")
    dispatch = Dispatch([slow], ears)
    dispatch.send(_command(1), ["slow"])
    wait_for(slow.entered.is_set)
    dispatch.send(_command(2), ["slow"])
    dispatch.take_up([])  # removed, while one waits behind one that is carried out
    dispatch.take_up([last])
    wait_for(lambda: bool(last.applied))
    slow.may.set()
    dispatch.close()
    assert ([c.decision for c in slow.commands], [c.decision for c in last.commands]) == (["d1"], ["d2"])


def wait_for(holds: Callable[[], bool]) -> None:
    """Until it holds, for five seconds at most."""
    end = time.monotonic() + 5
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    assert holds()
