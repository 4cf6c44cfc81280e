"""The verifier, as a script that has nothing but the key, and within Sentinel: both find the same, by its name."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sentinel.audit import checkpoint, standalone, tree
from sentinel.audit.checkpoint import Signer
from sentinel.audit.log import Log
from sentinel.audit.standalone import Finding, Report, UnusableError
from sentinel.crypto.base import signature_of
from sentinel.crypto.curve import N
from sentinel.crypto.suite import suite
from tests.unit.audit.conftest import COUNT

if TYPE_CHECKING:
    from tests.unit.audit.conftest import Sign, Signed

SCRIPT = Path(standalone.__file__)
Lines = list[bytes]


def report_of(path: Path, signed: Signed, known: Path | None = None) -> Report:
    """What the verifier finds, with the fast provider."""
    key = standalone.key_of(signed.key)
    remembered = standalone.remembered(known) if known else None
    return standalone.verify(standalone.opened(path), key, (), remembered, checkpoint.verifies)


def script(*arguments: object, home: Path) -> tuple[int, str]:
    """Status and output of the script, which cannot import anything of Sentinel."""
    alone = home / "audit-verify.py"
    alone.write_bytes(SCRIPT.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", str(alone), *map(str, arguments)],
        cwd=home, env={"LC_ALL": "C.UTF-8"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def agree(path: Path, signed: Signed, *codes: tuple[str, int], known: Path | None = None) -> Report:
    """Both find exactly these."""
    report = report_of(path, signed, known)
    assert [(each.code, each.number) for each in report.findings] == list(codes)
    state = ["--state", known] if known else []
    status, output = script(path, "--key", signed.key, *state, home=path.parent)
    assert status == (1 if codes else 0), output
    assert output.splitlines() == standalone.lines(report, chinese=False)
    return report


def test_a_log_as_it_was_signed(sign: Sign, tmp_path: Path) -> None:
    signed = sign()
    for path in (signed.folder, signed.export(tmp_path / "export")):
        report = agree(path, signed)
        assert (report.good, report.size, report.covered, report.notes) == (True, 40, 33, [])


def changed(signed: Signed, tmp_path: Path, change: Callable[[Lines], object]) -> Path:
    """The export of a log, after somebody changed its lines: record `n` is line `n + 1`."""
    path = signed.export(tmp_path / "export")
    lines = path.read_bytes().splitlines(keepends=True)
    change(lines)
    path.write_bytes(b"".join(lines))
    return path


def with_hash(record: bytes) -> bytes:
    """A line whose hash fits its record, as a forger makes it."""
    return standalone.sm3(b"\0" + record).hex().encode() + b" " + record + b"\n"


def test_a_removed_record_is_named(sign: Sign, tmp_path: Path) -> None:
    agree(changed(signed := sign(), tmp_path, lambda lines: lines.pop(18)), signed, ("record-removed", 17))


def test_a_record_that_was_moved_is_named(sign: Sign, tmp_path: Path) -> None:
    def move(lines: Lines) -> None:
        lines.insert(25, lines.pop(18))

    agree(changed(signed := sign(), tmp_path, move), signed, ("record-moved", 17))


def test_two_records_that_were_swapped_are_named(sign: Sign, tmp_path: Path) -> None:
    def swap(lines: Lines) -> None:
        lines[18], lines[19] = lines[19], lines[18]

    agree(changed(signed := sign(), tmp_path, swap), signed, ("record-moved", 17))


def test_an_inserted_record_is_named(sign: Sign, tmp_path: Path) -> None:
    """A copy of another, or one that is made up."""
    signed = sign()
    agree(changed(signed, tmp_path, lambda lines: lines.insert(18, lines[3])), signed, ("record-inserted", 17))
    made_up = b"0" * 64 + b' {"number":17,"actor":"nobody"}\n'
    agree(changed(signed, tmp_path, lambda lines: lines.insert(18, made_up)), signed, ("record-inserted", 17))


def test_a_changed_record_is_named(sign: Sign, tmp_path: Path) -> None:
    def change(lines: Lines) -> None:
        lines[18] = lines[18].replace(b"anna", b"otto")

    agree(changed(signed := sign(), tmp_path, change), signed, ("record-changed", 17))


def test_a_changed_hash_is_told_from_a_changed_record(sign: Sign, tmp_path: Path) -> None:
    def change(lines: Lines) -> None:
        lines[18] = b"00000000" + lines[18][8:]

    agree(changed(signed := sign(), tmp_path, change), signed, ("hash-changed", 17))


def test_a_record_that_was_rewritten_with_its_hash_breaks_the_next_checkpoint(sign: Sign, tmp_path: Path) -> None:
    """Which records it can be, the checkpoints around it say."""

    def rewrite(lines: Lines) -> None:
        lines[18] = with_hash(lines[18][65:-1].replace(b"anna", b"otto"))

    report = agree(changed(signed := sign(), tmp_path, rewrite), signed, ("history-forked", 20))
    assert (report.findings[0].since, report.covered) == (7, 7)


def test_a_log_that_was_cut_off_is_short(sign: Sign, tmp_path: Path) -> None:
    def cut(lines: Lines) -> None:
        del lines[31:41]

    agree(changed(signed := sign(), tmp_path, cut), signed, ("log-short", 33))


def test_a_checkpoint_by_another_key_is_named(sign: Sign, tmp_path: Path, signer: Signer) -> None:
    """Of the same name; and one by a key that has another name."""
    signed = sign()
    path = signed.export(tmp_path / "export")
    for name, code in ((signer.name, "checkpoint-foreign"), ("somebody", "checkpoint-changed")):
        other = dataclasses.replace(signed, signer=checkpoint.log_signer(name, suite().active.sm2_keygen()))
        key = dataclasses.replace(signed, signer=dataclasses.replace(other.signer, name=signer.name))
        found = [(code, size) for size in (7, 20, 33)]
        agree(path, key if name == signer.name else other, *found, ("checkpoint-missing", 0))


def test_a_changed_checkpoint_is_named(sign: Sign, tmp_path: Path) -> None:
    def change(lines: Lines) -> None:
        at = max(number for number, line in enumerate(lines) if line == b"20\n")
        lines[at] = b"21\n"

    agree(changed(signed := sign(), tmp_path, change), signed, ("checkpoint-changed", 21))


def test_two_views_of_one_log_are_told_apart(sign: Sign, tmp_path: Path) -> None:
    """Each is sound by itself; who remembers one does not take the other, nor an older one."""
    one, other, older = sign("one"), sign("other", who="otto", since=25), sign("older", sizes=(7,))
    remembered = tmp_path / "state"
    remembered.write_text(one.notes[-1], "utf-8")
    for signed in (one, other, older):
        agree(signed.folder, signed)
    agree(one.folder, one, known=remembered)
    agree(other.folder, other, ("remembered-forked", 33), known=remembered)
    path = changed(older, tmp_path, lambda lines: lines.__delitem__(slice(12, 41)))
    agree(path, older, ("log-short", 33), known=remembered)


def test_a_rewritten_history_is_found_although_it_is_signed_anew(sign: Sign, tmp_path: Path) -> None:
    """Even by the right key: the first checkpoint of old that was kept anywhere tells."""
    old, new = sign("old"), sign("new", who="otto", since=3)
    remembered = tmp_path / "state"
    for note in old.notes:
        remembered.write_text(note, "utf-8")
        agree(new.folder, new, ("remembered-forked", standalone.notes_of(note)[0].size), known=remembered)


def test_the_script_remembers_only_what_was_good(sign: Sign, tmp_path: Path) -> None:
    signed, state = sign(), tmp_path / "state"
    path = signed.export(tmp_path / "export")
    assert script(path, "--key", signed.key, "--state", state, home=tmp_path)[0] == 0
    assert state.read_text("utf-8") == signed.notes[-1]
    path.write_bytes(path.read_bytes().replace(b"alert-3", b"alert-4", 1))
    state.unlink()
    assert script(path, "--key", signed.key, "--state", state, home=tmp_path)[0] == 1
    assert not state.exists()


def test_a_log_that_was_turned_back_to_before_a_key_was_replaced(sign: Sign, tmp_path: Path) -> None:
    """It is short, or another one; where it lacks no record, the key that it does not know is told."""
    following = checkpoint.log_signer("sentinel-audit/test", suite().active.sm2_keygen())
    whole, state = sign(), tmp_path / "state"
    note = standalone.notes_of(whole.notes[-1])[0]
    for size, root, code in (
        (COUNT + 1, note.root, "log-short"), (33, bytes(32), "remembered-forked"), (33, note.root, "key-unknown"),
    ):  # fmt: skip
        state.write_text(checkpoint.signed(following, size, root, 0).raw, "utf-8")
        agree(whole.folder, whole, (code, size), known=state)


def test_a_log_without_its_later_checkpoints_does_not_turn_the_memory_back(sign: Sign, tmp_path: Path) -> None:
    """The same records, but the newest checkpoints withheld: good by itself, not to whoever remembers more."""
    signed, state = sign(), tmp_path / "state"
    state.write_text(signed.notes[-1], "utf-8")
    path = changed(signed, tmp_path, lambda lines: None)
    path.write_bytes(path.read_bytes().replace(signed.notes[-1].encode(), b"", 1))
    agree(path, signed)
    agree(path, signed, ("checkpoint-older", 33), known=state)
    assert state.read_text("utf-8") == signed.notes[-1]


@pytest.mark.parametrize(
    "record",
    [
        b'{"number":3000000000}',
        b'{"number":40,"action":"service.started","time":' + b"9" * 40 + b"}",
        b'{"number":40,"action":"service.started","time":' + b"9" * 21 + b"}",
        b'{"number":' + b"[" * 100_000,
    ],
)
def test_a_hostile_record_is_a_finding_or_nothing(sign: Sign, tmp_path: Path, record: bytes) -> None:
    """Numbers, times and nesting without measure neither end the verifier nor fill its memory."""
    signed = sign()
    path = changed(signed, tmp_path, lambda lines: lines.insert(41, with_hash(record)))
    status, output = script(path, "--key", signed.key, home=tmp_path)
    assert (status in {0, 1}, "Traceback" in output) == (True, False)


def test_many_removed_records_are_one_finding(sign: Sign, tmp_path: Path) -> None:
    signed = sign()
    path = changed(signed, tmp_path, lambda lines: lines.__delitem__(slice(3, 33)))
    found = [each for each in report_of(path, signed).findings if each.code.startswith("record")]
    assert found == [Finding("records-removed", 31, 2)]


def test_a_line_without_an_end_is_status_2(sign: Sign, tmp_path: Path) -> None:
    signed = sign()
    path = changed(signed, tmp_path, lambda lines: lines.insert(1, b"0" * (standalone.LONGEST + 1)))
    status, output = script(path, "--key", signed.key, home=tmp_path)
    assert (status, "no export has such a line" in output) == (2, True)


def test_a_byte_that_is_flipped_anywhere_is_found(sign: Sign, tmp_path: Path) -> None:
    """In the stored log, file by file, and in an export; the record is named where it is one."""
    signed, chance = sign(), random.Random(5)
    export = signed.export(tmp_path / "export")
    files = [*(signed.folder / name for name in ("records", "hashes", "index", "checkpoints", "public")), export]
    for file in files:
        whole = file.read_bytes()
        signed_part = len(whole.rstrip())  # one space is as good as another
        if file.name in {"records", "index", "hashes"}:
            signed_part = ends(signed)[file.name]
        for at in chance.sample(range(signed_part), 60):
            octets = bytearray(whole)
            octets[at] ^= 1 << chance.randrange(8)
            file.write_bytes(octets)
            try:
                report = report_of(export if file == export else signed.folder, signed)
            except UnusableError:
                assert file == export
                assert at < len(standalone.EXPORT) + 1
            else:
                assert report.findings, (file.name, at)
            if file.name == "records":
                assert [each.number for each in report.findings][:1] == [record_at(whole, at)]
        file.write_bytes(whole)


def ends(signed: Signed) -> dict[str, int]:
    """How many octets of each file the last checkpoint covers."""
    index = (signed.folder / "index").read_bytes()
    covered = 33
    return {
        "records": int.from_bytes(index[covered * 8 - 8 : covered * 8], "little"),
        "index": covered * 8,
        "hashes": (2 * covered - covered.bit_count()) * 32,
    }


def record_at(octets: bytes, at: int) -> int:
    """Which record an octet belongs to."""
    number = end = 0
    while True:
        end += 8 + int.from_bytes(octets[end : end + 4], "little")
        if at < end:
            return number
        number += 1


@pytest.mark.parametrize("number", [0, 17, 32])
def test_a_record_that_is_removed_from_the_stored_log_is_named(sign: Sign, number: int) -> None:
    signed = sign()
    octets, index = (signed.folder / "records").read_bytes(), (signed.folder / "index").read_bytes()
    start = int.from_bytes(index[number * 8 - 8 : number * 8], "little") if number else 0
    end = int.from_bytes(index[number * 8 : number * 8 + 8], "little")
    (signed.folder / "records").write_bytes(octets[:start] + octets[end:])
    findings = report_of(signed.folder, signed).findings
    assert ("record-removed", number) in [(each.code, each.number) for each in findings]


def reselected(signed: Signed, tmp_path: Path, change: Callable[[Lines], object]) -> Path:
    """Records 4, 18 and 30 with their proofs, after somebody changed the lines: the first one is line 1."""
    path = signed.select(tmp_path / "selection", 4, 18, 30)
    lines = path.read_bytes().splitlines(keepends=True)
    change(lines)
    path.write_bytes(b"".join(lines))
    return path


def test_a_selection_as_it_was_signed(sign: Sign, tmp_path: Path) -> None:
    signed = sign()
    report = agree(signed.select(tmp_path / "selection", 4, 18, 30), signed)
    assert (report.good, report.selected, report.size) == (True, 3, 33)
    empty = agree(signed.select(tmp_path / "selection"), signed)
    assert (empty.good, empty.selected) == (True, 0)


def test_the_proof_of_every_place_in_every_tree_leads_to_the_root(sign: Sign, tmp_path: Path) -> None:
    log = Log(sign().folder)
    for size in range(1, COUNT + 1):
        root = tree.root_of(log.hash, size)
        for number in range(size):
            path = tree.inclusion(log.hash, number, size)
            assert standalone.root_of(log.hash(0, number), number, size, path) == root
            assert standalone.root_of(log.hash(0, number), number, size, [*path, root]) != root
    log.close()


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("record-changed", b"anna", b"otto"),
        ("hash-changed", b"18 ", b"18 00"),
        ("record-unproven", b",", b",00"),
        ("index-changed", b"18 ", b"19 "),
    ],
)
def test_what_was_changed_in_a_selection_is_named(
    sign: Sign, tmp_path: Path, code: str, old: bytes, new: bytes
) -> None:
    signed = sign()

    def change(lines: Lines) -> None:
        at = lines[2].index(old)
        lines[2] = lines[2][:at] + new + lines[2][at + len(new) :]

    agree(reselected(signed, tmp_path, change), signed, (code, 18))


def test_lines_that_were_damaged_or_put_elsewhere_are_named(sign: Sign, tmp_path: Path) -> None:
    signed = sign()
    agree(
        reselected(signed, tmp_path, lambda lines: lines.__setitem__(2, b"18 nonsense\n")), signed, ("line-damaged", 3)
    )
    agree(reselected(signed, tmp_path, lambda lines: lines.insert(3, lines[1])), signed, ("record-moved", 4))


def test_a_changed_checkpoint_of_a_selection_is_named(sign: Sign, tmp_path: Path) -> None:
    signed = sign()

    def change(lines: Lines) -> None:
        lines[6] = b"34\n"

    agree(reselected(signed, tmp_path, change), signed, ("checkpoint-changed", 34))
    agree(
        reselected(signed, tmp_path, lambda lines: lines.__delitem__(slice(4, None))), signed, ("checkpoint-missing", 0)
    )


def test_a_byte_that_is_flipped_anywhere_in_a_selection_is_found(sign: Sign, tmp_path: Path) -> None:
    """As something else than a good selection, whatever that is."""
    signed = sign()
    octets = signed.select(tmp_path / "selection", 4, 18).read_bytes()
    for at in range(len(octets)):
        (tmp_path / "flipped").write_bytes(octets[:at] + bytes((octets[at] ^ 0x20,)) + octets[at + 1 :])
        try:
            assert not report_of(tmp_path / "flipped", signed).good, (at, octets[at : at + 9])
        except UnusableError:
            assert at < len(standalone.SELECTION) + 1


def test_a_selection_does_not_show_that_the_log_goes_on(sign: Sign, tmp_path: Path) -> None:
    signed = sign()
    path, state = signed.select(tmp_path / "selection", 4), tmp_path / "state"
    assert script(path, "--key", signed.key, "--state", state, home=tmp_path)[0] == 0
    assert not state.exists()
    state.write_text(signed.notes[0])
    status, output = script(path, "--key", signed.key, "--state", state, home=tmp_path)
    assert (status, "expected the whole log" in output) == (2, True)


def test_what_an_auditor_should_know_is_noted(sign: Sign) -> None:
    """What was put aside, a silence, and a service that ended without a word."""
    signed = sign()
    (signed.folder / "cut-40-1").write_bytes(b"half")
    assert report_of(signed.folder, signed).notes == [Finding("cut-aside", 4)]


def test_silences_and_sudden_ends_are_noted(tmp_path: Path) -> None:
    texts = []
    for number, (second, action) in enumerate(
        [
            (0, "service.started"),
            (60, "audit.heartbeat"),
            (2000, "service.started"),
            (2100, "service.stopped"),
            (9000, "service.started"),
        ]
    ):
        texts.append(b'{"action":"%s","number":%d,"time":%d}' % (action.encode(), number, second * 10**9))
    path = tmp_path / "export"
    path.write_bytes(standalone.EXPORT.encode() + b"\n" + b"".join(map(with_hash, texts)) + b"\n")
    walk = standalone.Walk(standalone.Export(path), [])
    walk.run()
    assert [(each.code, each.number) for each in walk.notes] == [("silence", 1940), ("ended", 2)]


def test_witnesses_are_asked_for(sign: Sign, tmp_path: Path) -> None:
    signed = sign()
    witness = checkpoint.witness_signer("tap1", suite().active.sm2_keygen())
    notes = [checkpoint.only(note) for note in signed.notes]
    assert script(signed.folder, "--key", signed.key, "--witness", witness.line, home=tmp_path)[0] == 1
    lines = [note.raw + checkpoint.cosignature(witness, note, 0) for note in notes[:2]]
    (signed.folder / "checkpoints").write_text("".join(lines) + notes[2].raw, "utf-8")
    status, output = script(signed.folder, "--key", signed.key, "--witness", witness.line, home=tmp_path)
    assert status == 0
    assert "cosigned by `tap1` up to 20 records" in output


@pytest.mark.parametrize("key", ["nonsense", "a+b+c", "a+00000000+AAAA"])
def test_what_cannot_be_read_is_status_2(sign: Sign, key: str, tmp_path: Path) -> None:
    signed = sign()
    status, output = script(signed.folder, "--key", key, home=tmp_path)
    assert (status, "is no public key" in output) == (2, True)
    assert script(tmp_path / "missing", "--key", signed.key, home=tmp_path)[0] == 2
    (tmp_path / "empty").write_text("")
    assert script(tmp_path / "empty", "--key", signed.key, home=tmp_path)[0] == 2


def test_a_log_that_stays_locked_is_said_to_be(sign: Sign, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever."""
    monkeypatch.setattr(standalone, "PATIENCE", 0.05)
    folder = sign().folder
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(standalone.UnusableError, match="is locked by another process"):
            standalone.opened(folder)


def test_every_finding_has_words_in_both_languages() -> None:
    for code in standalone.TEXTS:
        english, chinese = (Finding(code, 1, 2, "t").text(chinese=each) for each in (False, True))
        assert english.isascii()
        assert not chinese.isascii()


def test_sm3_in_python_is_sm3() -> None:
    """At every length around the blocks."""
    for length in [*range(130), 1000]:
        octets = os.urandom(length)
        assert standalone.sm3_plain(octets) == hashlib.new("sm3", octets).digest()


def test_sm2_in_python_is_that_of_the_provider() -> None:
    """Good signatures, and each row of the table of bad ones."""
    provider = suite().active
    for number in range(12):
        key, message = provider.sm2_keygen(), b"message %d" % number
        point = int.from_bytes(key.public.point[1:33]), int.from_bytes(key.public.point[33:])
        signature = provider.sm2_sign(key, message)
        r, s = standalone._numbers(signature) or (0, 0)
        assert standalone.sm2_verifies(point, message, signature)
        assert not standalone.sm2_verifies(point, message + b"x", signature)
        assert not standalone.sm2_verifies((point[0], standalone.P - point[1]), message, signature)
        assert not standalone.sm2_verifies((point[0], point[1] ^ 1), message, signature)
        bad = [(0, s), (r, 0), (r, N - r), (r + N, s), (r, s + N), (r - N, s), (r, s - N), (r, s ^ 1)]
        forms = [standalone._der(*pair) for pair in bad]
        forms += [signature + b"\0", signature[:-1], b"", b"\x30\x80" + signature[2:] + b"\0\0", b"\x30\x00"]
        forms += [signature[:2] + b"\x02\x22\x00" + signature[4:]]
        for form in forms:
            assert not standalone.sm2_verifies(point, message, form)
    assert signature_of(1, 2) == standalone._der(1, 2)
