from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from sentinel.access.deciding.decider import Decider
from sentinel.access.deciding.entries import Entries, request_of
from sentinel.access.deciding.recorder import Recorder
from sentinel.access.engine.pdp import Pdp
from sentinel.access.information.pip import Asked
from sentinel.audit.ledger import Ledger
from sentinel.errors import AccessError, StoreError
from sentinel.model.access import Reason, Resource
from sentinel.model.audit import Action, Outcome
from sentinel.operations.doors import Deciding
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Document, Span
from tests.auditing import Kept
from tests.deciding import AGV, FILES, NOW, PLC, SITE, TABLET, alert, deciding, hidden, published

ASKED = Asked(PLC, "modbus:write", NOW, AGV)


class _Made:
    def __init__(self, made: Deciding, store: SqliteStore) -> None:
        self.all, self.store = made, store
        self.decider: Decider = made.decider

    @property
    def auditor(self) -> Kept:
        return cast("Kept", self.all.pap._control._auditor)

    def kept(self) -> list[Document]:
        self.decider.close()
        return list(self.store.events("event.action:access.decision", Span(), 10).rows)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[_Made]:
    found = _Made(*deciding(tmp_path))
    yield found
    found.all.close()
    found.store.close()


def test_nothing_is_allowed_until_a_policy_is_in_force(made: _Made) -> None:
    assert made.decider.decide(ASKED, "gw").decision[:3] == (False, Reason.NO_POLICY, 0)
    published(made.all)
    assert made.decider.decide(ASKED, "gw").decision[:3] == (True, Reason.ALLOWED, 1)


def test_what_cannot_come_into_force_is_said_once(
    made: _Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is asked for each second; the page says it as long as it lasts."""

    def refuse(_known: int) -> None:
        raise AccessError("version 3 is not signed; draft its content anew, and publish that")

    monkeypatch.setattr(made.all.pap, "in_force", refuse)
    assert [made.decider.publish(), made.decider.publish()] == [False, False]
    assert (caplog.text.count("version 3 is not signed"), "version 3" in made.decider.withheld) == (1, True)
    monkeypatch.undo()
    made.decider.publish()
    assert made.decider.withheld == ""


def test_a_decision_is_kept_with_all_that_went_into_it(made: _Made) -> None:
    published(made.all)
    answer = made.decider.decide(ASKED, "gw")
    (row,) = made.kept()
    assert row["event.id"] == answer.id
    assert row["event.provider"] == row["access.point"] == "gw"
    assert row["fiveg.supi"] == AGV
    assert (row["access.decision"], row["access.rules"]) == ("allow", ("agv-writes-its-registers",))
    assert row["access.policy.digest"] == made.decider.pdp.snapshot.digest
    assert {"slice=2-0000a1", "trust=100", f"time={NOW}"} <= set(row["access.context"])  # type: ignore[arg-type]
    assert (row["destination.ip"], row["destination.port"]) == ("10.11.6.50", 502)


def test_alerts_lower_trust_and_so_decide(made: _Made) -> None:
    published(made.all)
    made.store.add([], [alert(last=time.time_ns()), alert("a2", last=time.time_ns())], [])
    made.all.trust.refresh()
    answer = made.decider.decide(Asked(PLC, "modbus:write", time.time_ns(), AGV), "gw")
    assert answer.trust.score in (25, 24)
    assert answer.decision.rules == ("nobody-programs-while-doubtful",)
    (row,) = made.kept()
    assert set(row["access.trust.evidence"]) == {"a1", "a2"}  # type: ignore[arg-type]
    missed = f"rule agv-writes-its-registers would allow, but trust `{answer.trust.score}` is not in 50 … 100"
    assert missed in row["access.misses"]  # type: ignore[operator]


def test_what_cannot_be_kept_is_not_granted(made: _Made, monkeypatch: pytest.MonkeyPatch) -> None:
    published(made.all)

    def full(*_: object) -> None:
        raise StoreError("full")

    monkeypatch.setattr(Recorder, "put", full)
    assert made.decider.decide(ASKED, "gw").decision[:2] == (False, Reason.FAILURE)
    monkeypatch.undo()
    monkeypatch.setattr(Recorder, "check", full)
    assert made.decider.decide(ASKED, "gw").decision[:2] == (False, Reason.FAILURE)


def test_a_decision_is_on_record_before_it_is_answered_and_gives_the_same_again(made: _Made) -> None:
    published(made.all)
    answer = made.decider.decide(ASKED, "gw")
    record = made.auditor.acts[-1]
    assert (record.action, record.actor, record.target) == (Action.ACCESS_DECIDED, "gw", answer.id)
    assert record.details["policy"] == made.decider.pdp.snapshot.digest
    assert AGV not in str(record)
    request = request_of(str(record.details["entry"]), {hidden(AGV): AGV})
    assert Pdp(made.decider.pdp.snapshot, pytest.fail).decide(request) == answer.decision


def test_what_is_not_on_record_is_not_granted(made: _Made) -> None:
    published(made.all)
    made.auditor.full = True
    assert made.decider.decide(ASKED, "gw").decision[:2] == (False, Reason.FAILURE)
    assert made.decider.unrecorded == "the audit log is full"
    made.auditor.full = False
    assert made.decider.decide(ASKED, "gw").decision.allowed
    assert not made.decider.unrecorded
    assert [row["access.decision"] for row in made.kept()] == ["allow"]


def test_a_disk_that_cannot_synchronise_denies_what_comes_next(
    made: _Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was answered before may be lost, so nothing more is allowed, and it is told."""

    def fails(_descriptor: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    published(made.all)
    ledger = Ledger(tmp_path / "audit")
    made.decider._entries = Entries(ledger.write, hidden)
    monkeypatch.setattr(os, "fdatasync", fails)
    assert made.decider.decide(ASKED, "gw").decision.allowed
    while "takes nothing any more" not in caplog.text:
        time.sleep(0.01)
    monkeypatch.undo()
    assert made.decider.decide(ASKED, "gw").decision[:2] == (False, Reason.FAILURE)
    assert "could not be synchronised" in made.decider.unrecorded
    ledger.close()


def test_what_is_on_record_and_cannot_be_searched_is_denied_and_said_to_have_failed(
    made: _Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(made.all)

    def full(*_: object) -> None:
        raise StoreError("full")

    monkeypatch.setattr(Recorder, "put", full)
    assert not made.decider.decide(ASKED, "gw").decision.allowed
    assert [act.outcome for act in made.auditor.acts[-2:]] == [Outcome.DONE, Outcome.FAILED]


def test_many_are_one_group_and_answered_in_their_order(made: _Made) -> None:
    published(made.all)
    asked = [replace(ASKED, action=action) for action in ("modbus:write", "modbus:diag", "modbus:write")]
    answers = made.decider.answer([made.decider.judge(each) for each in asked], "gw")
    assert [each.decision.allowed for each in answers] == [True, False, True]
    assert [act.target for act in made.auditor.acts[-3:]] == [each.id for each in answers]


def test_facts_that_cannot_be_read_are_a_denial(made: _Made, monkeypatch: pytest.MonkeyPatch) -> None:
    published(made.all)
    monkeypatch.setattr(type(made.decider.pip), "request", lambda *_: 1 / 0)
    assert made.decider.decide(ASKED, "gw").decision[:2] == (False, Reason.FAILURE)
    (row,) = made.kept()
    assert row["access.reason"] == "failure"


def test_a_policy_that_was_altered_leaves_the_one_before_in_force(made: _Made, monkeypatch: pytest.MonkeyPatch) -> None:
    published(made.all)
    made.all.pap.draft(FILES, SITE.time_zone, by="ada", reason="second")
    for name in ("ben", "eve"):
        made.all.pap.approve(2, by=name)
    made.all.pap.publish(2, by="ada")
    monkeypatch.setattr("sentinel.access.engine.policy.digest_sm3", lambda _: "0" * 64)
    made.all.refresh()
    assert made.decider.pdp.snapshot.version == 1
    monkeypatch.undo()
    made.all.refresh()
    assert made.decider.pdp.snapshot.version == 2


def test_what_is_searched_for_is_what_would_be_allowed(made: _Made) -> None:
    published(made.all)
    ((at, supi),) = made.decider.subjects(lambda supi: Asked(PLC, "modbus:write", NOW, supi))
    assert supi == AGV
    assert list(made.decider.subjects(lambda supi: Asked(PLC, "modbus:write", NOW, supi), at + 1)) == []
    found = {str(each) for _, each in made.decider.resources(lambda each: Asked(each, "connect", NOW, AGV))}
    assert found == {"app:mes/10.11.6.80:80/tcp", "app:dns/10.11.6.53:53/udp", str(PLC)}
    verbs = [verb for _, verb in made.decider.actions(lambda action: Asked(PLC, action, NOW, AGV))]
    assert verbs == ["connect", "modbus:read", "modbus:write"]
    assert made.kept() == []


@pytest.mark.parametrize("action", ["modbus:write", "modbus:diag", "connect", "http:GET"])
def test_what_one_terminal_would_be_allowed_is_what_each_would_be_alone(made: _Made, action: str) -> None:
    """Also where it depends on a permit for the resource, and for who or what nobody knows."""
    decider = published(made.all).decider
    decider.pip._permitted = lambda resource, _writers, _at: resource == PLC
    resources = [
        *decider.pip.catalogue.all,
        decider.pip.catalogue.at("10.11.6.50", 22, "tcp"),
        Resource("app", known=False),
    ]
    for supi in (AGV, TABLET, "999709999999999"):
        asked = replace(ASKED, supi=supi, action=action)
        alone = [one for each in resources if decider.would(one := replace(asked, resource=each))]
        assert list(decider.allowed(asked, resources)) == alone
    assert any(decider.would(replace(ASKED, action=each)) for each in ("modbus:write", "modbus:diag"))


def test_nothing_would_be_allowed_while_something_of_ours_is_broken(
    made: _Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    decider = published(made.all).decider
    assert list(decider.allowed(ASKED, [PLC])) == [ASKED]
    for part in ("_outside", "_pip", "_recorder"):
        with monkeypatch.context() as broken:
            broken.setattr(decider, part, None)
            assert list(decider.allowed(ASKED, [PLC])) == []
