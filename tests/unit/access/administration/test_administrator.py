from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sentinel.access.administration.orders import Phase
from sentinel.access.deciding.decider import Answer, Decider, Judged
from sentinel.access.deciding.locks import Subject
from sentinel.access.information.pip import Asked
from sentinel.model.access import Decision, Reason
from sentinel.model.alert import AlertState, ClosingReason
from sentinel.model.enforcement import Verb
from sentinel.model.facts import Kind, Told
from sentinel.model.triage import Change
from sentinel.store.base import Span
from tests.continuous import Rig
from tests.deciding import AGV, AGV_PLACE, AGV_SESSION, FILES, PLC, SITE, TABLET, alert


def test_what_is_allowed_is_bound_to_its_session(rig: Rig) -> None:
    told = rig.begun()
    answer = rig.ask()
    assert answer.decision.allowed, answer.decision
    (grant,) = rig.access.administrator.grants.of(AGV)
    assert (grant.session, grant.decision, grant.point) == (told.key, answer.id, "proxy")
    bound = grant.binding
    assert (bound.supi, bound.session, bound.address, bound.qfi, bound.dnn) == (AGV, 1, "10.45.1.11", 1, "ot")
    assert (bound.seid, bound.uplink, bound.downlink, bound.gnb) == (
        "10.11.4.20/0x0000000000000001", "10.11.3.20/0x00000001", "10.11.3.101/0x00000002", "10.11.2.101"
    )  # fmt: skip
    assert 590 <= (grant.until - time.time_ns()) / 1e9 <= 600  # the ttl of the rule


def test_lower_trust_takes_a_grant_back_and_points_cut_its_flow(rig: Rig) -> None:
    rig.begun()
    first = rig.ask()
    rig.alarm()
    assert rig.access.administrator.grants.of(AGV)  # trust is 49 or 50
    rig.alarm("a2")
    assert not rig.access.administrator.grants.of(AGV)
    assert rig.settled(lambda: bool(rig.point.applied))
    (command,) = rig.point.commands
    assert (command.verb, str(command.flow), command.binding.address) == (
        Verb.QUARANTINE,
        "10.11.6.50:502/tcp",
        "10.45.1.11",
    )
    rig.access.decider.close()
    (row,) = rig.store.events("access.decision:deny", Span(), 10).rows
    assert (row["event.id"], row["access.revokes"], row["access.point"]) == (command.decision, first.id, "continuous")
    assert rig.settled(lambda: rig.orders()[0].phase is Phase.ACKED)


def test_a_revocation_leaves_within_50_ms_of_its_fact(rig: Rig) -> None:
    rig.begun()
    rig.ask()
    rig.access.tend()
    rig.store.add([], [alert(name, last=time.time_ns()) for name in ("a1", "a2")], [])
    since = time.time_ns()
    rig.log.tell([Told(Kind.ALERT, "a1", since), Told(Kind.ALERT, "a2", since)])
    assert rig.settled(lambda: bool(rig.point.applied))
    assert rig.point.applied[0][0] - since < 50_000_000


def test_the_end_of_a_session_ends_its_grants_and_frees_its_address(rig: Rig) -> None:
    told = rig.begun()
    rig.ask()
    rig.ask(action="modbus:read")
    rig.alarm()
    rig.alarm("a2")
    assert rig.settled(lambda: len(rig.point.applied) >= 1)
    rig.over(told)
    assert not rig.access.administrator.grants.of(AGV)
    assert rig.settled(lambda: {each.id for each in rig.point.undone} == {each.id for each in rig.point.commands})
    assert rig.settled(lambda: {order.phase for order in rig.orders()} == {Phase.ENDED})


def test_a_handover_binds_a_grant_anew_by_a_decision_of_its_own(rig: Rig) -> None:
    told = rig.begun()
    first = rig.ask()
    rig.tell(replace(told, fields={**told.fields, "downlink": "10.11.3.102/0x00000009", "gnb": "10.11.2.102"}))
    (grant,) = rig.access.administrator.grants.of(AGV)
    assert grant.id == first.id
    assert grant.decision != first.id
    assert (grant.binding.downlink, grant.binding.gnb) == ("10.11.3.102/0x00000009", "10.11.2.102")
    rig.access.decider.close()
    (row,) = rig.store.events(f"access.revokes:{first.id}", Span(), 10).rows
    assert (row["event.id"], row["access.decision"]) == (grant.decision, "allow")


def test_a_session_on_another_slice_is_decided_again(rig: Rig) -> None:
    told = rig.begun()
    rig.ask()
    rig.tell(replace(told, fields={**told.fields, "fiveg.snssai.sst": 1, "fiveg.snssai.sd": ""}))
    assert not rig.access.administrator.grants.of(AGV)
    assert rig.settled(lambda: bool(rig.point.applied))


def test_a_reused_address_inherits_nothing(rig: Rig) -> None:
    """Also where nobody saw the end of the session that had it before."""
    rig.begun()
    rig.ask()
    rig.begun(TABLET, "10.45.1.11")
    assert not rig.access.administrator.grants.of(AGV)
    assert not rig.access.administrator.grants.of(TABLET)
    assert rig.settled(lambda: bool(rig.point.applied))
    assert rig.orders()[0].why == "address_reused"


def test_another_policy_decides_again_about_all(rig: Rig) -> None:
    rig.begun()
    rig.ask()
    stricter = {
        path: text.replace("grp:agv", "grp:camera") if path.endswith("edge_computing/policy.yml") else text
        for path, text in FILES.items() if not path.endswith("cases.yml")
    }  # fmt: skip
    made = rig.access
    made.pap._coverage = 0
    made.pap.draft(stricter, SITE.time_zone, by="ada", reason="second")
    for name in ("ben", "eve"):
        made.pap.approve(2, by=name)
    made.pap.publish(2, by="ada")
    made.refresh()
    made.administrator.some(10)
    assert not made.administrator.grants.of(AGV)
    assert (told := rig.log.get(Kind.POLICY, "policy")) is not None
    assert told.fields["version"] == 2


def test_what_is_allowed_again_is_given_back(rig: Rig) -> None:
    told = rig.begun()
    rig.ask()
    rig.tell(replace(told, fields={**told.fields, "fiveg.dnn": "internet"}))
    assert rig.settled(lambda: bool(rig.point.applied))
    rig.tell(told)
    assert rig.settled(lambda: bool(rig.point.undone))
    assert rig.access.administrator.grants.of(AGV)
    assert rig.orders()[0].detail == "allowed_again"


def test_a_decision_that_failed_takes_nothing_back(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.begun()
    rig.ask()
    judge = Decider.judge

    def broken(self: Decider, asked: object) -> Judged:
        judged = judge(self, asked)  # type: ignore[arg-type]
        return replace(judged, decision=Decision(False, Reason.FAILURE))

    monkeypatch.setattr(Decider, "judge", broken)
    rig.access.administrator.reconsider(AGV)
    assert rig.access.administrator.grants.of(AGV)
    assert rig.point.commands == []


def test_what_nobody_asked_for_waits_while_there_is_little_room(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at everybody fills what keeps decisions, and those who ask would be denied."""
    rig.begun()
    rig.ask()
    monkeypatch.setattr(Decider, "crowded", property(lambda _: True))
    rig.access.known.locks.set(Subject.SITE, SITE.site, by="ada", reason="r", seconds=60)
    rig.access.following.hear()
    administrator = rig.access.administrator
    assert administrator.some(10)  # they wait still
    assert administrator.grants.of(AGV)
    monkeypatch.undo()
    assert not administrator.some(10)
    assert not administrator.grants.of(AGV)


def test_a_session_that_ends_ends_its_orders_and_no_others(rig: Rig) -> None:
    told = rig.begun()
    other = rig.begun(TABLET, "10.45.1.12")
    rig.access.known.locks.set(Subject.SITE, SITE.site, by="ada", reason="r", seconds=60)
    rig.access.following.hear()
    assert rig.settled(lambda: all(each.live for each in rig.orders()) and bool(rig.orders()))
    rig.over(told)
    of = rig.access.administrator.ordering.orders.within
    assert rig.settled(lambda: not any(each.command.verb is Verb.QUARANTINE for each in of(told.key)))
    assert {each.command.binding.supi for each in of(other.key)} == {TABLET}


def test_what_changes_while_it_is_decided_is_decided_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact that is folded in between a verdict and its grant is not missed."""
    rig.begun()
    answer = Decider.answer

    def slow(self: Decider, several: Sequence[Judged], point: str) -> object:
        rig.access.known.locks.set(Subject.SUPI, AGV, by="ada", reason="r", seconds=60)
        rig.access.following.hear()
        return answer(self, several, point)

    monkeypatch.setattr(Decider, "answer", slow)
    assert rig.ask().decision.allowed
    monkeypatch.undo()
    rig.access.administrator.some(10)
    assert not rig.access.administrator.grants.of(AGV)


def test_grants_and_orders_outlive_the_door(rig: Rig) -> None:
    rig.begun()
    rig.ask()
    rig.again()
    (grant,) = rig.access.administrator.grants.of(AGV)
    assert grant.binding.address == "10.45.1.11"
    rig.alarm()
    rig.alarm("a2")
    assert rig.settled(lambda: bool(rig.point.applied))
    rig.again()
    assert [order.phase for order in rig.orders()] == [Phase.ACKED]
    assert not rig.access.administrator.grants.of(AGV)


def test_a_grant_ends_with_its_time(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.begun()
    rig.ask()
    later = time.time_ns() + 700 * 10**9
    monkeypatch.setattr(rig.access.administrator, "_clock", lambda: later)
    rig.access.administrator.reconsider(AGV)
    assert not rig.access.administrator.grants.of(AGV)
    assert rig.point.commands == []


def test_an_alert_that_people_dismiss_gives_back_what_it_took(rig: Rig) -> None:
    rig.begun()
    rig.ask()
    rig.alarm()
    rig.alarm("a2")
    assert rig.settled(lambda: bool(rig.point.applied))
    rig.store.triage(
        "a2", Change(AlertState.CLOSED, ClosingReason.FALSE_POSITIVE, note="a drill"), "ben", time.time_ns(), 0
    )
    rig.access.following.judged(["a2"])
    rig.access.following.hear()
    assert [grant.asked.action for grant in rig.access.administrator.grants.of(AGV)] == ["modbus:write"]
    assert rig.settled(lambda: bool(rig.point.undone))


def _claimed(rig: Rig) -> Answer:
    """The AGV is allowed to write, by what a point says of a session that is about to begin."""
    now = time.time_ns()
    session, place = (replace(each, since=now) for each in (AGV_SESSION, AGV_PLACE))
    asked = Asked(PLC, "modbus:write", now, AGV, "10.45.1.11", begins=(session, place))
    answer = rig.access.decider.decide(asked, "dn-aaa")
    assert answer.decision.allowed, answer.decision
    return answer


def test_what_a_point_said_of_a_session_counts_until_the_tap_has_seen_it(rig: Rig) -> None:
    _claimed(rig)
    rig.begun(**{"fiveg.dnn": "internet"})
    assert not rig.access.administrator.grants.of(AGV)
    assert rig.settled(lambda: bool(rig.point.applied))


def test_a_grant_that_the_tap_bears_out_holds_by_that(rig: Rig) -> None:
    _claimed(rig)
    rig.begun()
    (grant,) = rig.access.administrator.grants.of(AGV)
    assert (grant.asked.begins, bool(grant.session)) == ((), True)


def test_no_point_frees_a_terminal_by_what_it_says_of_its_session(rig: Rig) -> None:
    told = rig.begun()
    rig.ask()
    rig.tell(replace(told, fields={**told.fields, "fiveg.dnn": "internet"}))
    assert rig.settled(lambda: bool(rig.point.applied))
    _claimed(rig)
    (order,) = rig.access.administrator.ordering.orders.of(AGV)
    assert order.live
