"""No code path cuts a safety-critical session without two persons; what is industrial is observed by default."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.access.administration.interlock import Interlock
from sentinel.access.administration.orders import Phase
from sentinel.access.deciding.locks import Subject
from sentinel.access.information.pip import Asked
from sentinel.model.access import application
from sentinel.model.audit import Action
from sentinel.model.enforcement import Binding, Command, Verb
from sentinel.model.facts import Kind, Told
from sentinel.site import Slice
from tests.continuous import ENFORCING, GATEWAY, Rig
from tests.deciding import AGV, FILES, PLC, SITE, TABLET

MES = application("mes", "10.11.6.80", 80, "tcp")
TAGGED = ENFORCING.model_copy(
    update={"slices": (Slice(sst=1, sd=None), Slice(sst=2, sd="0000a1", safety_critical=True))}
)  # the slice on which AGVs are


def _alarms(rig: Rig, session: Told) -> None:
    for name in ("a1", "a2", "a3"):
        rig.alarm(name, str(session.fields["fiveg.supi"]))


def _moves(rig: Rig, session: Told) -> None:
    rig.tell(replace(session, fields={**session.fields, "fiveg.pei": "860000000000000"}))


def _locked(rig: Rig, session: Told) -> None:
    rig.access.known.locks.set(Subject.SUPI, str(session.fields["fiveg.supi"]), by="ada", reason="r", seconds=60)
    rig.access.following.hear()


def _site_locked(rig: Rig, session: Told) -> None:
    rig.access.known.locks.set(Subject.SITE, SITE.site, by="ada", reason="r", seconds=60)
    rig.access.following.hear()
    rig.access.administrator.some(100)


def _taken_over(rig: Rig, session: Told) -> None:
    rig.begun(TABLET, str(session.fields["addresses"][0]))  # type: ignore[index]


def _republished(rig: Rig, session: Told) -> None:
    none = {path: text.replace("grp:machines", "grp:camera").replace("grp:agv", "grp:camera").replace("grp:plc-gateway", "grp:camera") for path, text in FILES.items()
            if not path.endswith("cases.yml")}  # fmt: skip
    rig.access.pap._coverage = 0
    rig.access.pap.draft(none, SITE.time_zone, by="ada", reason="second")
    for name in ("ben", "eve"):
        rig.access.pap.approve(2, by=name)
    rig.access.pap.publish(2, by="ada")
    rig.access.refresh()
    rig.access.administrator.some(100)


def _restarted(rig: Rig, session: Told) -> None:
    _alarms(rig, session)
    rig.again()
    rig.access.administrator.some(100)


def _swept(rig: Rig, session: Told) -> None:
    _alarms(rig, session)
    rig.access.administrator.everybody()
    rig.access.administrator.some(100)
    rig.access.following.turn()


PATHS = [_alarms, _moves, _locked, _site_locked, _taken_over, _republished, _restarted, _swept]


@pytest.mark.parametrize("happen", PATHS)
@pytest.mark.parametrize(
    ("site", "supi", "address"),
    [(ENFORCING, GATEWAY, "10.45.1.12"), (TAGGED, AGV, "10.45.1.11")],
    ids=["terminal", "slice"],
)
@pytest.mark.parametrize("point", ["proxy", "gw"])  # `gw` can itself cut the session that it let in
def test_nothing_cuts_a_safety_critical_session(
    tmp_path: Path, happen: Callable[[Rig, Told], None], site: object, supi: str, address: str, point: str
) -> None:
    """Whatever is told: the deny is recorded, an order waits, and no point is told to cut."""
    rig = Rig(tmp_path, site)  # type: ignore[arg-type]
    told = rig.begun(supi, address)
    assert rig.ask(supi, "connect", MES, point).decision.allowed
    happen(rig, told)
    rig.access.following.write()
    assert not any(command.binding.supi == supi for command in rig.point.commands)
    assert rig.point.commands == []
    assert {order.phase for order in rig.orders()} == {Phase.HELD}
    assert {order.held for order in rig.orders()} == {"safety"}
    assert Action.ORDER_HELD in {act.action for act in rig.kept.acts}
    assert "access.cut_held" in {each.fields["event.action"] for each in rig.log.after(0, [Kind.EVENT])}
    assert not rig.access.administrator.grants.of(supi)  # what is new is denied all the same
    rig.close()


def test_one_person_is_not_enough_whoever_sends_it(rig: Rig) -> None:
    """The way out refuses it too, and so does the point."""
    command = Command(
        Verb.QUARANTINE, "d", Binding(GATEWAY, address="10.45.1.12", critical=True), 60, approvals=("ada",)
    )
    for each in (command, replace(command, approvals=("ada", "ada")), replace(command, approvals=())):
        rig.access.administrator.ordering.dispatch.send(each, ["gw"])
        rig.point.apply([each])
    time.sleep(0.1)
    assert rig.point.commands == []


def _one_locks(rig: Rig) -> None:
    rig.access.known.locks.set(Subject.SUPI, TABLET, by="ada", reason="r", seconds=60)
    rig.access.following.hear()


def test_nobody_cuts_a_critical_terminal_through_an_address_that_it_shares(rig: Rig) -> None:
    """A lock on who had the address before, whose end nobody saw: the order waits and tells whom it concerns."""
    rig.begun(TABLET, "10.45.1.12")
    rig.begun(GATEWAY, "10.45.1.12")
    _one_locks(rig)
    assert {(order.phase, order.held) for order in rig.orders()} == {(Phase.HELD, "safety")}
    assert {order.blast.terminals for order in rig.orders()} == {tuple(sorted((GATEWAY, TABLET)))}
    assert {order.blast.critical for order in rig.orders()} == {1}
    time.sleep(0.1)
    assert rig.point.commands == []


def test_a_critical_newcomer_is_not_cut_for_who_had_its_address(rig: Rig) -> None:
    """What the one before had been granted ends; that the points are to stop the address waits for two persons."""
    rig.begun(TABLET, "10.45.1.12")
    assert rig.ask(TABLET, "connect", MES).decision.allowed
    rig.begun(GATEWAY, "10.45.1.12")
    assert not rig.access.administrator.grants.of(TABLET)
    assert {(order.why, order.phase) for order in rig.orders()} == {("address_reused", Phase.HELD)}
    time.sleep(0.1)
    assert rig.point.commands == []


def test_a_cut_ends_where_a_critical_terminal_gets_its_address(rig: Rig) -> None:
    """It was let out for another: points are told at once to take it back."""
    rig.begun(TABLET, "10.45.1.12")
    _one_locks(rig)
    assert rig.settled(lambda: bool(rig.point.commands))
    rig.begun(GATEWAY, "10.45.1.12")
    assert rig.settled(lambda: {each.id for each in rig.point.undone} == {each.id for each in rig.point.commands})
    assert "address_of_critical" in {order.detail for order in rig.orders()}


def _waits(rig: Rig) -> str:
    told = rig.begun(GATEWAY, "10.45.1.12")
    rig.ask(GATEWAY, "connect", MES)
    _alarms(rig, told)
    (order,) = rig.orders()
    return order.id


def test_with_two_persons_it_is_cut_for_the_time_that_both_said(rig: Rig) -> None:
    ordering, order = rig.access.administrator.ordering, _waits(rig)
    assert ordering.approve(order, by="ada", seconds=60).phase is Phase.HELD
    assert rig.point.commands == []
    ordering.approve(order, by="ben", seconds=60)
    assert rig.settled(lambda: bool(rig.point.applied))
    (command,) = rig.point.commands
    assert (command.approvals, command.ttl) == (("ada", "ben"), 60)
    approved = [act for act in rig.kept.acts if act.action is Action.ORDER_APPROVED]
    assert [(act.actor, act.details["concerned"], act.details["sessions"]) for act in approved] == [
        ("ada", 1, 1),
        ("ben", 1, 1),
    ]
    ordering.undo(order, by="eve", reason="line has to run")
    assert rig.settled(lambda: rig.point.undone == [command])


def test_the_blast_radius_is_that_of_the_sessions_that_live_now(rig: Rig) -> None:
    ordering, order = rig.access.administrator.ordering, _waits(rig)
    (waiting,) = rig.orders()
    assert (waiting.blast.terminals, waiting.blast.groups) == ((GATEWAY,), (("plc-gateway", 1),))
    assert (waiting.blast.sessions, waiting.blast.critical) == (1, 1)
    rig.over(replace(rig.session(), key=waiting.session, fields={"fiveg.supi": GATEWAY}))
    assert ordering.blast(waiting).sessions == 0
    assert ordering.orders.get(order).phase is Phase.ENDED  # type: ignore[union-attr]  # with its session


def test_what_is_industrial_is_observed_by_default(tmp_path: Path) -> None:
    rig = Rig(tmp_path, SITE)
    rig.begun()
    rig.ask()
    rig.alarm()
    rig.alarm("a2")
    (order,) = rig.orders()
    assert (order.phase, order.held, rig.point.commands) == (Phase.HELD, "ot", [])
    rig.close()


def test_a_policy_that_two_approved_is_no_accident(tmp_path: Path) -> None:
    """What another policy takes away is cut also where industrial accesses are observed."""
    rig = Rig(tmp_path, SITE)
    rig.begun()
    rig.ask()
    _republished(rig, rig.session())
    assert rig.settled(lambda: bool(rig.point.applied))
    rig.close()


def test_a_gateway_keeps_open_what_is_only_observed(tmp_path: Path) -> None:
    """The projection asks before it withdraws a permit; once people ordered the cut, it does."""
    rig = Rig(tmp_path, SITE)
    administrator = rig.access.administrator
    rig.begun()
    rig.ask()
    (grant,) = administrator.grants.of(AGV)
    rig.alarm()
    rig.alarm("a2")
    assert administrator.observes(grant.asked, 1)
    assert not administrator.observes(grant.asked, 2)  # another policy
    for name in ("ada", "ben"):
        administrator.ordering.approve(rig.orders()[0].id, by=name, seconds=60)
    assert not administrator.observes(grant.asked, 1)
    rig.close()


def test_what_is_industrial_is_told_by_verb_or_by_asset() -> None:
    interlock = Interlock(SITE)
    assert interlock.industrial(Asked(MES, "modbus:write", 0, AGV))
    assert interlock.industrial(Asked(PLC, "connect", 0, AGV))
    assert not interlock.industrial(Asked(MES, "connect", 0, AGV))
