"""Anchors: a file that grows, and syslog."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sentinel.audit import checkpoint
from sentinel.audit.anchor import ToFile, ToSyslog, anchor_of
from sentinel.audit.checkpoint import Signer
from sentinel.audit.standalone import notes_of
from sentinel.errors import ConfigError


def test_a_file_holds_all_that_was_left_there(tmp_path: Path, signer: Signer) -> None:
    notes = [checkpoint.signed(signer, size, bytes(32), 0) for size in (1, 2)]
    for note in notes:
        anchor_of(str(tmp_path / "anchors")).put(note)
    assert notes_of((tmp_path / "anchors").read_text("utf-8")) == notes


def test_syslog_has_it_in_one_line(signer: Signer) -> None:
    """From which the note comes back."""
    note = checkpoint.signed(signer, 7, bytes(32), 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        anchor_of(f"syslog:127.0.0.1:{server.getsockname()[1]}").put(note)
        said = server.recv(4096).decode()
    assert said.startswith("<109>1 1970-01-01T00:00:00Z ")
    assert "\n" not in said
    assert said.split(" - ", 2)[2].replace("\\n", "\n") + "\n" == note.raw


def test_places_are_told_apart() -> None:
    assert anchor_of("syslog") == ToSyslog()
    assert anchor_of("syslog:[::1]:514") == ToSyslog("::1", 514)
    assert anchor_of("/mnt/worm/anchors") == ToFile(Path("/mnt/worm/anchors"))
    for text in ("syslog:host", "syslog::514", "syslog:host:x"):
        with pytest.raises(ConfigError, match="no place for checkpoints"):
            anchor_of(text)
