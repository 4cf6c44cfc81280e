"""The audit resource: for auditors and administrators, with proofs that hold."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sentinel.audit import checkpoint, standalone, tree
from sentinel.audit.keeper import Keeper
from tests.keeping import Keeping

if TYPE_CHECKING:
    from tests.unit.conftest import Doors


@pytest.fixture
def keeper(doors: Doors, tmp_path: Path) -> Keeper:
    """The keeper of the doors' log, which has signed what was done so far."""
    doors.accounts.set_preferences("analyst1", "en", "")
    doors.program("administrator").patch("users/auditor1", json={"role": "auditor"})
    made = Keeping(tmp_path / "audit", tmp_path / "keys")
    made.tick()
    return made


def test_analysts_and_nobody_see_none_of_it(doors: Doors, keeper: Keeper) -> None:
    for path in (
        "audit",
        "audit/0",
        "audit/verdict",
        "audit/export",
        "audit/selection",
        "audit/consistency?first=1&second=2",
    ):
        assert doors.program("analyst").get(path).status_code == 403
        assert doors.program().get(path).status_code == 401


def test_records_are_listed_with_how_far_they_are_proven(doors: Doors, keeper: Keeper) -> None:
    client = doors.program("auditor")
    rows = client.get("audit", params={"actor": "administrator1"}).json()["rows"]
    assert [(row["action"], row["target"], row["state"]) for row in rows] == [("user.changed", "auditor1", "proven")]
    assert rows[0]["details"] == {"role": "auditor"}
    page = client.get("audit", params={"limit": 1}).json()
    assert (page["rows"][0]["action"], page["before"]) == ("user.changed", 1)


def test_a_proof_holds_without_us(doors: Doors, keeper: Keeper) -> None:
    client = doors.program("auditor")
    said = client.get("audit/1").json()
    note, leaf = checkpoint.only(said["checkpoint"]), base64.b64decode(said["leaf"])
    tree.verify_inclusion(leaf, 1, note.size, [base64.b64decode(each) for each in said["path"]], note.root)
    assert leaf == tree.leaf_hash(said["text"].encode())
    key = standalone.key_of(client.get("audit/verdict").json()["key"])
    assert note.signed_by(key, standalone.sm2_verifies) == "good"
    assert client.get("audit/99").status_code == 404


def test_the_verdict_is_that_of_the_keeper(doors: Doors, keeper: Keeper) -> None:
    said = doors.program("auditor").get("audit/verdict").json()
    assert (said["good"], said["size"], said["silent"], said["trouble"]) == (True, 3, False, "")


def test_consistency(doors: Doors, keeper: Keeper) -> None:
    client = doors.program("auditor")
    path = client.get("audit/consistency", params={"first": 1, "second": 3}).json()
    roots = [tree.root_of(doors.ledger.log.hash, size) for size in (1, 3)]
    tree.verify_consistency(1, 3, [base64.b64decode(each) for each in path], *roots)
    assert client.get("audit/consistency", params={"first": 1, "second": 99}).status_code == 404


def test_an_export_is_verified_and_a_record_itself(doors: Doors, keeper: Keeper, tmp_path: Path) -> None:
    client = doors.program("auditor")
    (tmp_path / "export").write_bytes(client.get("audit/export").content)
    report = standalone.verify(
        standalone.opened(tmp_path / "export"), keeper._signer.public, (), None, checkpoint.verifies
    )
    assert (report.good, report.size, report.covered) == (True, 4, 3)
    assert doors.ledger.proof(3).entry.record.action == "audit.exported"


def test_a_selection_is_verified_and_on_record(doors: Doors, keeper: Keeper, tmp_path: Path) -> None:
    client = doors.program("auditor")
    answer = client.get("audit/selection", params={"actor": "administrator1"})
    (tmp_path / "selection").write_bytes(answer.content)
    report = standalone.verify(
        standalone.opened(tmp_path / "selection"), keeper._signer.public, (), None, checkpoint.verifies
    )
    assert (report.good, report.selected, report.size) == (True, 1, 3)
    record = doors.ledger.proof(3).entry.record
    assert (record.action, record.details["about"]) == ("audit.exported", "actor=administrator1")


def test_nothing_is_selected_where_nothing_is_signed(doors: Doors) -> None:
    assert doors.program("auditor").get("audit/selection").status_code == 404


def test_a_witness_is_shown_the_head_and_hands_over_its_cosignature(doors: Doors, keeper: Keeper) -> None:
    """With the token of a collector, and no other."""
    token = doors.receiving.collectors.enrol("tap1", by="root")
    client = doors.program()
    assert client.get("ingest/audit").status_code == 401
    assert doors.program("administrator").get("ingest/audit").status_code == 401
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("audit").status_code == 401
    said = client.get("ingest/audit", params={"since": 1}).json()
    assert len(said["proof"]) == 2
    note = checkpoint.only(said["checkpoint"])
    witness = checkpoint.witness_signer("tap1", keeper._signer.key)
    text = note.raw + checkpoint.cosignature(witness, note, 0)
    assert client.put("ingest/audit", content=text).status_code == 204
    assert client.put("ingest/audit", content=text.replace("tap1", "tap2")).status_code == 400
    assert doors.ledger.heads.text() == note.raw + text
