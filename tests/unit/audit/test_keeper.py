"""The keeper: it signs what goes on from what it signed, and nothing else."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest

from sentinel.audit import checkpoint, standalone
from sentinel.audit.anchor import ToFile
from sentinel.audit.heads import Heads
from sentinel.audit.keeper import Keeper, signer_of
from sentinel.audit.ledger import Ledger, Wanted
from sentinel.audit.log import HEAD
from sentinel.crypto.suite import suite
from sentinel.errors import AuditError, KeyMaterialError
from sentinel.keys.audit_keys import AuditKeys
from sentinel.model.audit import Act, Action
from tests.keeping import Keeping

ACT = Act(Action.USER_ADDED, "root", "ben")


def keeper(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path / "audit", tmp_path / "keys")


def recorded(tmp_path: Path, count: int = 1, act: Act = ACT) -> None:
    ledger = Ledger(tmp_path / "audit")
    ledger.record(*[act] * count)
    ledger.close()


def said(tmp_path: Path) -> dict[str, object]:
    found: dict[str, object] = orjson.loads((tmp_path / "audit" / "verified").read_bytes())
    return found


def sizes(tmp_path: Path) -> list[int]:
    return [note.size for note in standalone.notes_of(Heads(tmp_path / "audit").text())]


def test_what_is_new_is_signed_with_a_heartbeat_at_first(tmp_path: Path) -> None:
    kept = keeper(tmp_path)
    kept.tick()
    kept.tick()
    recorded(tmp_path, 3)
    kept.tick()
    assert sizes(tmp_path) == [1, 4]
    assert (said(tmp_path)["good"], said(tmp_path)["size"]) == (True, 4)
    report = standalone.verify(
        standalone.opened(tmp_path / "audit"),
        standalone.key_of(str(tmp_path / "audit" / "public")),
        verifies=checkpoint.verifies,
    )
    assert report.good


def test_it_goes_on_after_a_restart_and_signs_its_end(tmp_path: Path) -> None:
    keeper(tmp_path).tick()
    stopping = threading.Event()
    stopping.set()
    recorded(tmp_path, act=Act(Action.SERVICE_STOPPED, "service"))
    again = Keeping(tmp_path / "audit", tmp_path / "keys", [ToFile(tmp_path / "anchors")])
    again.run(stopping)
    assert sizes(tmp_path) == [1, 3]
    assert standalone.notes_of((tmp_path / "anchors").read_text("utf-8"))[0].size == 3


def shorten(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name in {"records", "hashes", "index", "mark"}:
            path.unlink()


def rewrite(folder: Path) -> None:
    """Another history, as long as the first and sound by itself."""
    shorten(folder)
    ledger = Ledger(folder)
    ledger.record(*[ACT] * 9)
    ledger.close()


def flip(folder: Path) -> None:
    octets = bytearray((folder / "hashes").read_bytes())
    octets[-40] ^= 1
    (folder / "hashes").write_bytes(octets)


@pytest.mark.parametrize("damage", [shorten, rewrite, flip])
def test_another_history_is_not_signed(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """Neither a shorter one, nor a rewritten one, nor one whose hashes were changed; and it is said."""
    first = keeper(tmp_path)
    recorded(tmp_path, 4)
    first.tick()
    before = sizes(tmp_path)
    damage(tmp_path / "audit")
    second = keeper(tmp_path)
    for _ in range(2):
        second.tick()
        assert sizes(tmp_path) == before
        assert second.trouble
        assert (said(tmp_path)["good"], said(tmp_path)["trouble"]) == (False, second.trouble)
        assert not str(said(tmp_path)["trouble_zh"]).isascii()


def test_a_record_that_is_changed_before_it_is_signed_is_noticed(tmp_path: Path) -> None:
    """With a checksum that fits, before the keeper saw it and after."""
    kept = keeper(tmp_path)
    kept.tick()
    recorded(tmp_path)
    forge(tmp_path / "audit")
    kept.tick()
    assert "not the one which was put there" in kept.trouble
    other = keeper(tmp_path / "other")
    other.tick()
    ledger = Ledger(tmp_path / "other" / "audit")
    ledger.record(ACT)
    other._ledger.log.head()
    forge(tmp_path / "other" / "audit")
    other.tick()
    assert other.trouble == "record 1 was changed"
    ledger.close()


def forge(folder: Path) -> None:
    """Another name in record 1."""
    octets = (folder / "records").read_bytes()
    end = int.from_bytes((folder / "index").read_bytes()[:8], "little")
    record = octets[end + 8 :].replace(b'"ben"', b'"bob"')
    (folder / "records").write_bytes(octets[:end] + HEAD.pack(len(record), zlib.crc32(record)) + record)


def test_the_key_is_guarded_and_kept(tmp_path: Path) -> None:
    first = signer_of(tmp_path / "keys", suite())
    assert signer_of(tmp_path / "keys", suite()).line == first.line
    assert os.stat(tmp_path / "keys" / "audit.key").st_mode & 0o077 == 0


def test_another_key_is_refused(tmp_path: Path) -> None:
    keeper(tmp_path).tick()
    with pytest.raises(AuditError, match="expected that one back"):
        Keeping(tmp_path / "audit", tmp_path / "other-keys")


def verified(tmp_path: Path, key: str) -> standalone.Report:
    source = standalone.opened(tmp_path / "audit")
    return standalone.verify(source, standalone.key_of(key), verifies=checkpoint.verifies)


def test_the_key_is_replaced_and_the_log_goes_on(tmp_path: Path) -> None:
    """By the first key all of it is verified, by the next what follows; a keeper that runs takes it up."""
    running = keeper(tmp_path)
    running.tick()
    first = running._signer.line
    command = keeper(tmp_path)
    command.hand_over("root", "security")
    command.close()
    recorded(tmp_path, 3)
    running.tick()
    assert running.trouble == ""
    lines = Heads(tmp_path / "audit").lines
    assert (lines[0], len(lines)) == (first, 2)
    assert sizes(tmp_path) == [1, 1, 1, 4]
    report = verified(tmp_path, first)
    assert (report.good, report.covered, [each.code for each in report.notes]) == (True, 4, ["key-replaced"])
    assert verified(tmp_path, str(tmp_path / "audit" / "public")).covered == 4
    later = verified(tmp_path, lines[1])
    assert (later.good, later.covered, [each.code for each in later.notes]) == (True, 4, ["keys-earlier"])
    running.close()
    ledger = Ledger(tmp_path / "audit")
    (tmp_path / "selection").write_bytes(b"".join(ledger.selection(Wanted(action=ACT.action))))
    ledger.close()
    for line in lines:
        key, source = standalone.key_of(line), standalone.opened(tmp_path / "selection")
        selected = standalone.verify(source, key, verifies=checkpoint.verifies)
        assert (selected.good, selected.selected, selected.covered) == (True, 3, 4)
    again = keeper(tmp_path)
    again.hand_over("root", "security")
    again.close()
    assert (verified(tmp_path, first).good, len(Heads(tmp_path / "audit").lines)) == (True, 3)


@pytest.mark.parametrize("step", ["write_private", "_keep", "replace", "publish"])
def test_a_replacement_that_is_interrupted_is_settled_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Either the key before goes on, or the next one; the log verifies by the first in both cases."""
    kept = keeper(tmp_path)
    kept.tick()
    first = kept._signer.line

    class KilledError(Exception):
        """Stands for a kill."""

    def killed(*_: object) -> None:
        raise KilledError

    target = {"_keep": Keeper, "publish": Heads, "replace": Path}.get(step)
    with monkeypatch.context() as patch:
        if target is None:
            patch.setattr(f"sentinel.audit.keeper.{step}", killed)
        elif step != "replace":
            patch.setattr(target, step, killed)
        else:
            patch.setattr(
                Path, "replace", lambda path, to: killed() if path.name == "audit.key.next" else os.replace(path, to)
            )
        with pytest.raises(KilledError):
            kept.hand_over("root", "security")
    kept.close()
    again = keeper(tmp_path)
    recorded(tmp_path)
    again.tick()
    assert (again.trouble, verified(tmp_path, first).good) == ("", True)
    assert (again._signer.line == first) == (step in {"write_private", "_keep"})
    assert not (tmp_path / "keys" / "audit.key.next").exists()
    again.close()


def test_a_next_key_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    """Unless the log was handed over to it: then nobody else may sign."""
    kept, broken = keeper(tmp_path), tmp_path / "keys" / "audit.key.next"
    kept.tick()
    kept.close()
    for _ in range(2):
        broken.touch(0o600)
        again = keeper(tmp_path)
        again.close()
        assert again._signer.line == kept._signer.line
    assert broken.with_name("audit.key.next.unreadable").exists()
    again._heads.add(checkpoint.signed(again._signer, 1, bytes(32), 0, "somebody"))
    broken.touch(0o600)
    with pytest.raises(KeyMaterialError, match="handed over"):
        keeper(tmp_path)


def without_handovers(octets: bytes) -> bytes:
    notes = standalone.notes_of(octets.decode())
    return "".join(note.raw for note in notes[2:]).encode()


@pytest.mark.parametrize("change", [lambda _: b"", without_handovers, lambda _: b"\xff\n\xff\n"])
def test_checkpoints_are_not_changed_unnoticed(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    """After the key was replaced: one that keeps tells it and stays, and so does one that starts."""
    kept = keeper(tmp_path)
    kept.tick()
    kept.hand_over("root", "security")
    kept.tick()
    assert kept._ledger.verdict().good
    path = tmp_path / "audit" / "checkpoints"
    path.write_bytes(change(path.read_bytes()))
    recorded(tmp_path)
    kept._whole.next = 0.0
    for each in (kept, kept, keeper(tmp_path)):
        each.tick()
        assert (each.trouble != "", each._ledger.verdict().good) == (True, False)
        assert not str(said(tmp_path)["trouble_zh"]).isascii()
    kept.close()


CHANGES: Sequence[Callable[[bytes], bytes | None]] = (
    lambda _: None, lambda _: b"", lambda _: b"\xff", lambda octets: b"".join(octets.splitlines(keepends=True)[:1]),
    lambda octets: b"".join(octets.splitlines(keepends=True)[1:]), lambda octets: octets + b"a+b+c\n",
    lambda octets: octets + octets,
)  # fmt: skip


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_public_keys_beside_a_log_are_named_and_come_back_from_the_register(
    tmp_path: Path, change: Callable[[bytes], bytes | None], started: bool
) -> None:
    """Removed, emptied, cut, or with another in them; all of them come back, on record, and somebody is alerted."""
    kept, path, heard = keeper(tmp_path), tmp_path / "audit" / "public", list[str]()
    kept.tick()
    kept.hand_over("root", "security")
    kept.tick()
    whole, first = path.read_bytes(), standalone.key_of(str(path))
    changed = change(whole)
    path.unlink() if changed is None else path.write_bytes(changed)
    report = standalone.verify(standalone.opened(path.parent), first, verifies=checkpoint.verifies)
    assert [each.code for each in report.findings] == ["keys-changed"]
    if started:
        kept.close()
        kept = Keeping(tmp_path / "audit", tmp_path / "keys", tell=heard.append)
    else:
        kept._tell = heard.append
    kept.tick()
    assert (path.read_bytes(), kept.trouble, kept._ledger.verdict().good) == (whole, "", True)
    assert heard == ["the public keys beside the log were changed or removed"]
    [entry] = kept._ledger.page(Wanted(action=Action.KEY_CHANGED), 9).entries
    assert (entry.record.target, entry.record.details) == ("audit", {"step": "restored"})
    assert verified(tmp_path, str(path)).good
    kept.tick()
    assert len(heard) == 1
    kept.close()


def test_public_keys_that_nobody_else_knows_are_missed(tmp_path: Path) -> None:
    """Where the register has none of them yet: nothing is signed until the file is back, and the keeper stays."""
    kept, path = keeper(tmp_path), tmp_path / "audit" / "public"
    kept.tick()
    kept.close()
    (tmp_path / "register.db").unlink()
    whole = path.read_bytes()
    for damage in (b"", b"a+b+c\n"):
        path.write_bytes(damage)
        again = keeper(tmp_path)
        recorded(tmp_path)
        again.tick()
        assert (again.trouble, sizes(tmp_path)) == ("the public keys beside the log were changed or removed", [1])
    path.write_bytes(whole)
    again.tick()
    assert (again.trouble, len(sizes(tmp_path))) == ("", 2)
    again.close()


@pytest.mark.parametrize("killed", ["publish", "follow"])
def test_the_register_follows_who_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: str) -> None:
    """Also where a replacement was killed after the handover: with the next start, and with the next look of one that runs."""
    for name in ("started", "running"):
        folder = tmp_path / name
        kept, command = keeper(folder), keeper(folder)
        kept.tick()

        def kill(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Heads if killed == "publish" else AuditKeys, killed, kill)
            with pytest.raises(KeyboardInterrupt):
                command.hand_over("root", "security")
        command.close()
        if name == "started":
            kept.close()
            kept = keeper(folder)
        kept.tick()
        assert kept._known_keys.lines() == Heads(folder / "audit").lines
        assert (len(kept._lines), kept._lines[-1]) == (2, kept._signer.line)
        assert [(each.target, each.details["step"]) for each in kept.acts.acts[-3:]] == [
            ("audit.2", "announced"), ("audit.1", "retired"), ("audit.2", "activated"),
        ]  # fmt: skip
        assert "restored" not in (tmp_path / name / "audit" / "records").read_text("utf-8", "replace")
        kept.close()


def test_a_log_that_is_mended_is_signed_again(tmp_path: Path) -> None:
    """It is looked at soon, and nothing is signed before."""
    kept, path = keeper(tmp_path), tmp_path / "audit" / "checkpoints"
    kept.tick()
    whole, kept._whole.next = path.read_bytes(), 0.0
    path.unlink()
    recorded(tmp_path)
    kept.tick()
    path.write_bytes(whole)
    kept.tick()
    assert sizes(tmp_path) == [1]
    kept._whole.next = 0.0
    kept.tick()
    assert (kept.trouble, sizes(tmp_path), kept._ledger.verdict().good) == ("", [1, 2], True)
    kept.close()


def test_what_is_wrong_with_a_chain_of_keys_is_named(tmp_path: Path) -> None:
    """A key that nobody named, one that was replaced and signs on, a handover to what is no key."""
    kept = keeper(tmp_path)
    kept.tick()
    old, first, by = kept._signer, kept._signer.line, suite()
    size, root = kept._ledger.log.head()
    stranger = checkpoint.log_signer(old.name, by.active.sm2_keygen(), by)
    path = tmp_path / "audit" / "checkpoints"
    unnamed = path.read_text("utf-8") + checkpoint.signed(stranger, size, root, 0).raw
    nonsense = path.read_text("utf-8") + checkpoint.signed(old, size, root, 0, "nonsense").raw
    kept.hand_over("root", "security")
    kept.close()
    retired = path.read_text("utf-8") + checkpoint.signed(old, size, root, 0).raw
    forged = path.read_text("utf-8").replace(Heads(tmp_path / "audit").lines[1], stranger.line)
    forged += checkpoint.signed(stranger, size, root, 0).raw
    for text, codes in (
        (unnamed, {"checkpoint-foreign"}), (nonsense, {"key-broken"}), (retired, {"checkpoint-retired"}),
        (forged, {"checkpoint-changed", "checkpoint-foreign"}),
    ):  # fmt: skip
        path.write_text(text, "utf-8")
        assert {each.code for each in verified(tmp_path, first).findings} == codes


def test_an_anchor_that_is_away_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = Keeping(tmp_path / "audit", tmp_path / "keys", [ToFile(tmp_path / "missing" / "anchors")])
    kept.tick()
    assert sizes(tmp_path) == [1]
    assert "could not be anchored" in caplog.text
