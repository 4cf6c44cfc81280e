"""Short values: the old one or the new one, whatever happens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sentinel.shipping.kept import Pledge, get_number, put_number


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
