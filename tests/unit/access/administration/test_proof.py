from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from sentinel.access.administration.orders import Phase
from sentinel.access.administration.proof import Proof
from sentinel.model.enforcement import Flow, Verb
from sentinel.model.facts import Kind, Told
from tests.continuous import Rig
from tests.deciding import SECOND


class _Tap:
    """Shows what it was told to."""

    def __init__(self) -> None:
        self.packets: Sequence[str] = ()
        self.asked: list[tuple[str, str]] = []

    def answers(self, address: str, flow: Flow | None, since: int, until: int) -> Sequence[str]:
        self.asked.append((address, str(flow)))
        return self.packets


def _cut(rig: Rig) -> tuple[Proof, _Tap, list[int]]:
    """An order that its point has taken, and a look at it whose clock tests set."""
    rig.begun()
    rig.ask()
    rig.alarm()
    rig.alarm("a2")
    assert rig.settled(lambda: rig.orders()[0].phase is Phase.ACKED)
    shown, now = _Tap(), [time.time_ns()]
    return Proof(rig.access.administrator.ordering, rig.access.known.present, shown, 2, lambda: now[0]), shown, now


def _heard(rig: Rig, at: int) -> None:
    rig.tell(Told(Kind.WORKER, "worker", at, {"since": 1}))


def test_silence_while_the_tap_watches_is_a_proof(rig: Rig) -> None:
    proof, shown, now = _cut(rig)
    proof.look()
    assert shown.asked == []  # too early
    now[0] += 4 * SECOND
    proof.look()
    assert rig.orders()[0].phase is Phase.ACKED  # the tap was not heard since
    _heard(rig, now[0])
    proof.look()
    assert (rig.orders()[0].phase, rig.orders()[0].detail) == (Phase.PROVEN, "no answer reached the terminal for 2 s")
    assert shown.asked[-1] == ("10.45.1.11", "10.11.6.50:502/tcp")


def test_an_answer_is_a_leak_and_is_told_with_its_packets(rig: Rig) -> None:
    proof, shown, now = _cut(rig)
    shown.packets = ("tap #7: TCP 10.11.6.50:502 → 10.45.1.11:5000",)
    now[0] += 4 * SECOND
    proof.look()
    assert rig.orders()[0].phase is Phase.LEAKED
    rig.access.following.write()
    (told,) = [each for each in rig.log.after(0, [Kind.EVENT]) if each.fields["event.action"] == "access.leaked_deny"]
    assert told.fields["access.leaked.packets"] == shown.packets


@pytest.mark.parametrize("verb", [Verb.CUT])
def test_the_end_of_its_session_proves_a_cut(rig: Rig, verb: Verb) -> None:
    told = rig.begun()
    assert rig.ask(point="gw").decision.allowed  # which let the session in
    rig.alarm()
    rig.alarm("a2")
    assert rig.settled(lambda: [order.phase for order in rig.orders()] == [Phase.ACKED] * 2)  # not only told
    rig.over(told)
    ended = {Verb.CUT: Phase.PROVEN, Verb.QUARANTINE: Phase.ENDED}  # when the point has let go, which takes its thread
    assert rig.settled(lambda: {order.command.verb: order.phase for order in rig.orders()} == ended)
