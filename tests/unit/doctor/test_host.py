"""The doctor says what the machine gives, and what it lacks."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import NamedTuple

import pytest

from sentinel.crypto.base import Settings
from sentinel.doctor import host
from sentinel.doctor.base import Patient, State


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def _states(data: Path) -> dict[str, State]:
    return {found.what: found.state for found in host.Host().findings(Patient(data, Settings()))}


def test_a_program_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, with what it is for; what is there is good."""
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "tshark" else f"/usr/bin/{name}")
    states = _states(tmp_path)
    assert states["host.tshark"] is State.LACKING
    assert states["host.tcpdump"] is State.GOOD


@pytest.mark.parametrize(
    ("free", "state"), [(0.5, State.FAILED), (5, State.LACKING), (50, State.GOOD)], ids=["none", "little", "enough"]
)
def test_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, state: State) -> None:
    """Less than a GiB is not to be used, less than a tenth lacks something; the folder need not be there yet."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(100 << 30, 0, int(free * (1 << 30))))
    assert _states(tmp_path / "later")["host.disk"] is state


def test_what_may_not_capture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told how it would get the right."""

    def refused(*_: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", refused)
    found = next(one for one in host.Host().findings(Patient(tmp_path, Settings())) if one.what == "host.capture")
    assert found.state is State.LACKING
    assert "CAP_NET_RAW" in found.text
    assert "CAP_NET_RAW" in found.text_zh
