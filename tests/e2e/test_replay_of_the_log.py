"""A decision is decided again from the audit log alone, years later; and a log with a changed octet does not verify."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from sentinel.access.deciding.entries import replayed
from sentinel.access.deciding.locks import Subject
from sentinel.access.engine.pdp import Pdp
from sentinel.access.information.pip import Asked
from sentinel.audit import checkpoint, standalone
from sentinel.audit.checkpoint import Signer, verifies
from sentinel.audit.ledger import Ledger, Wanted
from sentinel.crypto.suite import suite
from sentinel.model.audit import Action
from tests.deciding import AGV, NOW, PLC, deciding, hidden, published


@pytest.fixture
def signer() -> Signer:
    """A key that signs a log."""
    return checkpoint.log_signer("sentinel-audit/test", suite().active.sm2_keygen())


@pytest.fixture
def decided(tmp_path: Path, signer: Signer) -> tuple[Path, dict[str, tuple[bool, str]], Pdp]:
    """A signed log with decisions of each kind, what was answered by their ids, and the policy that was in force."""
    folder = tmp_path / "audit"
    with closing(Ledger(folder)) as ledger:
        ledger.heads.publish([signer.line])
        made, store = deciding(tmp_path, auditor=ledger)
        published(made)
        asked = [Asked(PLC, action, NOW, AGV) for action in ("modbus:write", "modbus:diag")]
        answers = [made.decider.decide(each, "gw") for each in asked]
        made.known.locks.set(Subject.SUPI, AGV, by="ada", reason="stolen", seconds=600)
        answers.append(made.decider.decide(asked[0], "gw"))
        ledger.heads.add(checkpoint.signed(signer, *ledger.log.head(), 0))
        pdp = made.decider.pdp
        made.close()
        store.close()
    return folder, {each.id: (each.decision.allowed, each.decision.reason) for each in answers}, pdp


def test_entry_and_policy_give_the_same_answer_again(decided: tuple[Path, dict[str, tuple[bool, str]], Pdp]) -> None:
    folder, answers, pdp = decided
    with closing(Ledger(folder)) as ledger:
        entries = ledger.page(Wanted(action=Action.ACCESS_DECIDED.value), 10).entries
        again = {}
        for each in entries:
            assert each.record.details["policy"] == pdp.snapshot.digest
            found = replayed(str(each.record.details["entry"]), {hidden(AGV): AGV}, pdp)
            again[each.record.target] = (found.allowed, found.reason)
    assert again == answers
    assert {reason for _, reason in answers.values()} == {"allowed", "no_rule", "locked"}


def test_an_entry_with_a_changed_octet_does_not_verify(
    decided: tuple[Path, dict[str, tuple[bool, str]], Pdp], signer: Signer
) -> None:
    folder, _, _ = decided
    key = standalone.key_of(signer.line)
    assert standalone.verify(standalone.opened(folder), key, [], None, verifies).good
    (records,) = [path for path in folder.rglob("*") if path.is_file() and b"modbus:diag" in path.read_bytes()]
    records.write_bytes(records.read_bytes().replace(b"modbus:diag", b"modbus:read", 1))
    assert not standalone.verify(standalone.opened(folder), key, [], None, verifies).good
