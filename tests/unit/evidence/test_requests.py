"""Questions to collectors and what came, in a folder."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import EvidenceError, IngestError
from sentinel.evidence import requests
from sentinel.evidence.requests import AT_ONCE, LATE, OLDEST, Requests, State
from sentinel.keys.tables import add_key, seals_of
from sentinel.model.capture import Record, pcapng
from sentinel.model.event import Frame

START = 1_790_000_000_000_000_000
SPANS = [(START, START + 10)]
ANSWER = pcapng([Record(Frame(START + 1, 1, b"x" * 60), 60, "ngap.paging")])


class Clock:
    """A clock that tests turn."""

    now = START

    def __call__(self) -> int:
        return self.now


def test_a_question_is_asked_until_it_is_answered(tmp_path: Path) -> None:
    """And the answer is there after a restart."""
    asked = Requests(tmp_path / "cuts").ask("tap1", "alert-1", ["teid:0x7"], SPANS, "li")
    kept = Requests(tmp_path / "cuts")
    assert kept.pending("tap1") == [asked.wanted]
    assert kept.pending("tap2") == []
    came = kept.take("tap1", asked.wanted.id, ANSWER, more=True)
    assert came is not None
    assert (came.state, came.packets, came.more, came.by, came.alert) == (State.CAME, 1, True, "li", "alert-1")
    assert kept.pending("tap1") == []
    assert kept.take("tap1", asked.wanted.id, ANSWER, more=True) is None  # again
    again = Requests(tmp_path / "cuts")
    [packet], more = again.packets("alert-1")
    assert (packet.source, packet.data, packet.kinds, more) == ("tap1", b"x" * 60, ("ngap.paging",), True)
    assert again.packets("alert-2") == ([], False)
    files = [path for path in (tmp_path / "cuts").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert again.ask("tap1", "alert-1", ["teid:0x7"], SPANS, "wu").state is State.CAME  # not asked twice


def test_questions_and_answers_are_sealed(tmp_path: Path) -> None:
    """Whom they are about stands nowhere; an answer in another's place is none, and without the key there is none."""
    add_key(tmp_path / "keys")
    seal = seals_of(suite, tmp_path / "keys")("cuts")
    kept = Requests(tmp_path / "cuts", seal=seal)
    for alert in ("alert-1", "alert-2"):
        asked = kept.ask("tap1", alert, ["supi:999700000000001"], SPANS, "li")
        kept.take("tap1", asked.wanted.id, ANSWER, more=False)
    files = [path for path in (tmp_path / "cuts").rglob("*") if path.is_file()]
    assert len(files) == 4
    assert not any(b"9997" in path.read_bytes() or b"xxxx" in path.read_bytes() for path in files)
    assert len(kept.packets("alert-1")[0]) == 1
    assert Requests(tmp_path / "cuts").of("alert-1") == []
    one, other = sorted(path for path in files if path.suffix == ".pcapng")
    one.write_bytes(other.read_bytes())
    with pytest.raises(EvidenceError, match="cannot be opened"):
        [kept.packets(alert) for alert in ("alert-1", "alert-2")]


@pytest.mark.parametrize("name", ["", "..", "../tap1/x", "0" * 16 + "-" + "0" * 16, "x" * 300])
def test_what_nobody_asked_for_is_not_taken(tmp_path: Path, name: str) -> None:
    """Nor what another was asked for."""
    kept = Requests(tmp_path)
    asked = kept.ask("tap1", "alert-1", ["teid:0x7"], SPANS, "li")
    for collector, said in (("tap1", name), ("tap2", asked.wanted.id)):
        with pytest.raises(IngestError, match="nobody asked"):
            kept.take(collector, said, ANSWER, more=False)
    with pytest.raises(IngestError, match="no capture"):
        kept.take("tap1", asked.wanted.id, b"x", more=False)
    assert kept.pending("tap1") == [asked.wanted]


def test_a_question_that_nobody_answers_is_late_and_may_be_asked_again(tmp_path: Path) -> None:
    """By whoever wants it then."""
    clock = Clock()
    kept = Requests(tmp_path, clock)
    kept.ask("tap1", "alert-1", ["teid:0x7"], SPANS, "li")
    clock.now += LATE + 1
    assert kept.pending("tap1") == []
    assert [asked.state for asked in kept.of("alert-1")] == [State.LATE]
    assert kept.ask("tap1", "alert-1", ["teid:0x7"], SPANS, "wu").by == "wu"
    assert len(kept.pending("tap1")) == 1


def test_old_questions_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By number and by age, with their answers."""
    monkeypatch.setattr(requests, "MOST", 3)
    clock = Clock()
    kept = Requests(tmp_path, clock)
    for number in range(5):
        clock.now += 1
        asked = kept.ask("tap1", f"alert-{number}", ["teid:0x7"], SPANS, "li")
        kept.take("tap1", asked.wanted.id, ANSWER, more=False)
    assert [number for number in range(5) if kept.of(f"alert-{number}")] == [2, 3, 4]
    assert len(list(tmp_path.rglob("*.pcapng"))) == 3
    clock.now += OLDEST + 1
    kept.ask("tap1", "alert-9", ["teid:0x7"], SPANS, "li")
    assert len(list(tmp_path.rglob("*.json"))) == 1


def test_only_some_are_asked_at_once_the_oldest_first(tmp_path: Path) -> None:
    """A collector has other things to do."""
    clock = Clock()
    kept = Requests(tmp_path, clock)
    asked = []
    for number in range(5):
        clock.now += 1
        asked.append(kept.ask("tap1", f"alert-{number}", ["teid:0x7"], SPANS, "li").wanted)
    assert kept.pending("tap1") == asked[:AT_ONCE]


def test_an_answer_that_was_changed_on_disk_is_not_shown(tmp_path: Path) -> None:
    """Its digest was kept."""
    kept = Requests(tmp_path)
    asked = kept.ask("tap1", "alert-1", ["teid:0x7"], SPANS, "li")
    kept.take("tap1", asked.wanted.id, ANSWER, more=False)
    [path] = tmp_path.rglob("*.pcapng")
    path.write_bytes(ANSWER.replace(b"xx", b"xy"))
    with pytest.raises(EvidenceError, match="sha256 differs"):
        kept.packets("alert-1")


def test_without_a_folder_nothing_is_asked() -> None:
    """As in a service that takes nothing from collectors."""
    assert Requests().pending("tap1") == []
    assert Requests().packets("alert-1") == ([], False)
    with pytest.raises(EvidenceError):
        Requests().ask("tap1", "alert-1", ["teid:0x7"], SPANS, "li")
