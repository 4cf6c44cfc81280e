"""Short values: the old one or the new one, whatever happens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sentinel.shipping.kept import Pledge, get_number, put_number, put_text


def test_a_number_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    assert get_number(tmp_path / "n", 3) == 3
    put_number(tmp_path / "n", 17)
    assert get_number(tmp_path / "n", 3) == 17
    (tmp_path / "n").write_text("")
    assert get_number(tmp_path / "n", 3) == 3


def test_a_number_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a power cut leaves an empty file in place of the old number."""
    did: list[str] = []
    synchronise, replace = os.fsync, Path.replace

    def synchronised(number: int) -> None:
        did.append("fsync")
        synchronise(number)

    def replaced(path: Path, target: Path) -> Path:
        did.append("replace")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synchronised)
    monkeypatch.setattr(Path, "replace", replaced)
    put_number(tmp_path / "n", 17)
    assert did == ["fsync", "replace", "fsync"]


@pytest.mark.parametrize("octets", [b"", b"17", b"00000000000000000018 0", b"\xff\xfe 12", bytes(30)])
def test_a_pledge_that_is_damaged_says_nothing(tmp_path: Path, octets: bytes) -> None:
    pledge = Pledge(tmp_path / "next")
    assert pledge.get() == 0
    pledge.put(17)
    assert Pledge(tmp_path / "next").get() == 17
    (tmp_path / "next").write_bytes(octets)
    assert pledge.get() == 0
    pledge.put(18)
    assert pledge.get() == 18


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_keeps_is_the_owners_of_the_folder(tmp_path: Path) -> None:
    """A service under its own user goes on from what a command of root noted."""
    os.chown(tmp_path, 4711, 4712)
    put_text(tmp_path / "note", "text")
    made = (tmp_path / "note").stat()
    assert (made.st_uid, made.st_gid, made.st_mode & 0o777) == (4711, 4712, 0o600)


def test_a_link_in_the_place_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    """Whoever owns the folder turns no command of root upon another file."""
    (tmp_path / "elsewhere").write_text("stays")
    (tmp_path / "note.new").symlink_to(tmp_path / "elsewhere")
    put_text(tmp_path / "note", "text")
    assert ((tmp_path / "elsewhere").read_text(), (tmp_path / "note").read_text()) == ("stays", "text")
