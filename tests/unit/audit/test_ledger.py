"""The audit log as one thing."""

from __future__ import annotations

from pathlib import Path

from sentinel.audit.ledger import Ledger
from sentinel.audit.record import decode
from sentinel.model.audit import Act, Action


def test_an_act_becomes_a_record(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.record(Act(Action.USER_ADDED, "root", "ben"))
    assert [decode(octets).target for octets in ledger.log.records(0, 1)] == ["ben"]
    ledger.close()
