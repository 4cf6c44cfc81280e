"""The audit log as one thing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from sentinel.audit import checkpoint, tree
from sentinel.audit import ledger as ledger_module
from sentinel.audit.checkpoint import Signer
from sentinel.audit.ledger import Ledger, State, Wanted
from sentinel.crypto.suite import suite
from sentinel.errors import AuditError, ConflictError, ProofError
from sentinel.model.audit import Act, Action


@pytest.fixture
def ledger(tmp_path: Path, signer: Signer) -> Iterator[Ledger]:
    """Twelve records, every fourth a heartbeat; the first nine are signed."""
    made = Ledger(tmp_path)
    made.heads.publish([signer.line])
    for number in range(12):
        who = "anna" if number % 2 else "ben"
        act = Act(Action.USER_CHANGED, who, f"user-{number}") if number % 4 else Act(Action.HEARTBEAT, "service")
        made.record(act)
        if number == 8:
            made.heads.add(checkpoint.signed(signer, *made.log.head(), 0))
    yield made
    made.close()


def numbers(ledger: Ledger, wanted: Wanted, limit: int = 100, before: int | None = None) -> list[int]:
    return [entry.record.number for entry in ledger.page(wanted, limit, before).entries]


def test_records_are_found_newest_first(ledger: Ledger) -> None:
    """Without heartbeats, unless they are asked for."""
    assert numbers(ledger, Wanted()) == [11, 10, 9, 7, 6, 5, 3, 2, 1]
    assert numbers(ledger, Wanted(action="audit.heartbeat")) == [8, 4, 0]
    assert numbers(ledger, Wanted(actor="ann")) == [11, 9, 7, 5, 3, 1]
    assert numbers(ledger, Wanted(target="user-1")) == [11, 10, 1]
    assert numbers(ledger, Wanted(action="user.added")) == []
    assert numbers(ledger, Wanted(since=2**62)) == numbers(ledger, Wanted(until=1)) == []


def test_pages_go_on_where_they_ended(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the portions in which they are read."""
    for portion in (1, 3, 2048):
        monkeypatch.setattr(ledger_module, "_AT_ONCE", portion)
        found: list[int] = []
        before: int | None = None
        while True:
            page = ledger.page(Wanted(actor="anna"), 2, before)
            found += [entry.record.number for entry in page.entries]
            before = page.before
            if before is None:
                break
        assert found == [11, 9, 7, 5, 3, 1]


def test_a_search_that_runs_out_of_time_says_so(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "BUDGET", -1.0)
    page = ledger.page(Wanted(), 5)
    assert (page.entries, page.before, page.partial) == ([], 12, True)


def test_each_record_says_how_far_it_is_proven(ledger: Ledger, tmp_path: Path) -> None:
    states = {entry.record.number: entry.state for entry in ledger.page(Wanted(), 100).entries}
    assert states == {number: State.WAITING if number > 8 else State.PROVEN for number in states}
    octets = bytearray((tmp_path / "hashes").read_bytes())
    octets[tree.place(0, 1) * tree.HASH] ^= 1
    (tmp_path / "hashes").write_bytes(octets)
    assert [entry.record.number for entry in ledger.page(Wanted(), 100).entries if entry.state is State.BROKEN] == []
    octets[tree.place(0, 0) * tree.HASH] ^= 1
    (tmp_path / "hashes").write_bytes(octets)
    assert [entry.record.number for entry in ledger.page(Wanted(), 100).entries if entry.state is State.BROKEN] == [1]


def test_a_proof_leads_to_the_checkpoint(ledger: Ledger) -> None:
    proof = ledger.proof(5)
    assert proof.note is not None
    tree.verify_inclusion(proof.leaf, 5, proof.note.size, proof.path, proof.note.root)
    assert proof.leaf == tree.leaf_hash(proof.entry.octets)
    assert (ledger.proof(10).note, ledger.proof(10).path) == (None, ())
    for number in (-1, 12):
        with pytest.raises(AuditError, match="no record"):
            ledger.proof(number)


def test_consistency_is_proven_within_the_log(ledger: Ledger) -> None:
    root = tree.root_of(ledger.log.hash, 5)
    tree.verify_consistency(5, 12, ledger.consistency(5, 12), root, ledger.log.head()[1])
    with pytest.raises(ProofError):
        ledger.consistency(5, 13)


def test_a_cosignature_of_the_last_checkpoint_is_kept_once(ledger: Ledger, signer: Signer) -> None:
    note = ledger.heads.last()
    assert note is not None
    witness = checkpoint.witness_signer("tap1", suite().active.sm2_keygen())
    text = note.raw + checkpoint.cosignature(witness, note, 0)
    for _ in range(2):
        ledger.cosigned(text, "tap1")
    assert ledger.heads.text() == note.raw + text
    with pytest.raises(AuditError, match="expected the log's signature and one of `tap2`"):
        ledger.cosigned(text, "tap2")
    old = checkpoint.signed(signer, 3, bytes(32), 0)
    with pytest.raises(ConflictError, match="not the last checkpoint"):
        ledger.cosigned(old.raw + checkpoint.cosignature(witness, old, 0), "tap1")


def test_the_verdict_is_what_the_keeper_said(ledger: Ledger, tmp_path: Path) -> None:
    """And that it is silent, where it says nothing any more."""
    assert (ledger.verdict().good, ledger.verdict().silent) == (False, True)
    (tmp_path / "verified").write_bytes(orjson.dumps({"good": True, "size": 9, "time": 5, "trouble": ""}))
    assert ledger.verdict() == ledger_module.Verdict(True, 9, 5, "", "", silent=True)
    (tmp_path / "verified").write_bytes(orjson.dumps({"good": True, "size": 10}))
    assert ledger.verdict().good is False
    (tmp_path / "verified").write_text("{")
    assert ledger.verdict().good is False


@pytest.mark.parametrize(
    ("name", "octets"),
    [("checkpoints", b""), ("checkpoints", b"\xff\n\xff"), ("public", b"a+b+c"), ("public", b"\xff")],
)
def test_a_log_without_its_checkpoints_is_not_good(ledger: Ledger, tmp_path: Path, name: str, octets: bytes) -> None:
    """Whatever the keeper said before."""
    (tmp_path / "verified").write_bytes(orjson.dumps({"good": True, "size": 9}))
    assert ledger.verdict().good
    (tmp_path / name).write_bytes(octets)
    assert (ledger.verdict().good, ledger.verdict().size) == (False, 0)


def test_a_selection_holds_what_is_wanted_of_the_signed_records(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever the portions in which they are read; nothing where nothing is signed."""
    for portion in (2, 2048):
        monkeypatch.setattr(ledger_module, "_AT_ONCE", portion)
        lines = b"".join(ledger.selection(Wanted(actor="anna"))).split(b"\n")
        assert [line.split(b" ")[0] for line in lines[1 : lines.index(b"")]] == [b"1", b"3", b"5", b"7"]
    assert Wanted(actor="anna", since=5).told == "actor=anna since=5"
    other = Ledger(tmp_path / "other")
    with pytest.raises(AuditError, match="nothing of the log is signed"):
        other.selection(Wanted())
    other.close()
