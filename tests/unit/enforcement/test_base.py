"""What every enforcement point has in common: it answers each command, in order, and never raises."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from sentinel.enforcement.base import EnforcementPoint
from sentinel.model.enforcement import Binding, Command, Flow, Outcome, State, Verb

QUARANTINE = Command(Verb.QUARANTINE, "d1", Binding("999700000000001", address="10.45.1.11"), 60)


class Recording(EnforcementPoint):
    """Takes everything, unless it is broken."""

    kind = "recording"
    verbs = frozenset({Verb.QUARANTINE, Verb.CUT})

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__("gw", lambda: 7)
        self.broken, self.seen = broken, list[Command]()

    def _apply(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        if self.broken:
            raise OSError("no route")
        self.seen += commands
        return [self.acked(each) for each in commands[::-1]]

    _undo = _apply


def test_each_command_has_its_outcome_in_order() -> None:
    other = dataclasses.replace(QUARANTINE, flow=Flow("fd00::1", 502, "tcp"))
    outcomes = Recording().apply([QUARANTINE, other])
    assert outcomes == [Outcome(each.id, "gw", State.ACKED, 7) for each in (QUARANTINE, other)]
    assert other.id == "d1/quarantine/999700000000001/[fd00::1]:502/tcp"


def test_what_breaks_is_a_failed_command_and_no_error() -> None:
    point = Recording(broken=True)
    for act in (point.apply, point.undo):
        assert [(each.state, each.detail) for each in act([QUARANTINE])] == [(State.FAILED, "OSError: no route")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verb": Verb.REAUTHORISE}, "cannot `reauthorise`; expected one of cut, quarantine"),
        ({"ttl": 0}, "no time to live"),
    ],
)
def test_what_a_point_cannot_do_fails_and_is_not_tried(change: dict[str, Any], said: str) -> None:
    point = Recording()
    first, second = point.apply([dataclasses.replace(QUARANTINE, **change), QUARANTINE])
    assert (first.state, said in first.detail, second.state) == (State.FAILED, True, State.ACKED)
    assert point.seen == [QUARANTINE]


@pytest.mark.parametrize("approvals", [(), ("ada",), ("ada", "ada")])
def test_a_safety_critical_session_is_cut_by_two_persons_only(approvals: tuple[str, ...]) -> None:
    point = Recording()
    critical = dataclasses.replace(
        QUARANTINE, binding=dataclasses.replace(QUARANTINE.binding, critical=True), approvals=approvals
    )
    assert [each.state for each in point.apply([critical])] == [State.FAILED]
    assert [each.state for each in point.undo([critical])] == [State.ACKED]
    assert [each.state for each in point.apply([dataclasses.replace(critical, approvals=("ada", "ben"))])] == [
        State.ACKED
    ]
