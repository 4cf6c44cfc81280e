from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from sentinel.access.dispatch import Dispatch
from sentinel.model.enforcement import Binding, Command, Outcome, Verb
from tests.continuous import Recording


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
    came: list[Outcome] = []
    slow, quick = _Slow(), Recording("quick")
    dispatch = Dispatch([slow, quick], came.append)
    assert dispatch.able(Verb.CUT) == ("slow", "quick")
    for number in range(20):
        dispatch.send(_command(number), ["slow", "quick", "nobody"])
    end = time.monotonic() + 5
    while len(quick.applied) < 20 and time.monotonic() < end:
        time.sleep(0.005)
    assert (len(quick.applied), len(slow.applied)) == (20, 0)
    slow.may.set()
    dispatch.close()
    assert [command.decision for command in slow.commands] == [f"d{number}" for number in range(20)]
    assert len(came) == 40


def test_what_is_taken_back_is_so_in_its_order() -> None:
    point = Recording()
    dispatch = Dispatch([point], lambda _: None)
    dispatch.send(_command(1), ["gw"])
    dispatch.undo(_command(1), ["gw"])
    dispatch.send(_command(2), ["gw"])
    dispatch.close()
    assert [command.decision for command in point.commands] == ["d1", "d2"]
    assert [command.decision for command in point.undone] == ["d1"]
