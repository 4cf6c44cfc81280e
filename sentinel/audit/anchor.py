"""Anchors: where checkpoints are put that nobody on this host can take back. `sentinel audit verify --state` reads one again."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sentinel.audit.standalone import Note
from sentinel.errors import ConfigError

_SYSLOG = "syslog"
_FACILITY = 13 << 3 | 5  # log audit, notice (RFC 5424, 6.2.1)


class Anchor(Protocol):
    """A place for checkpoints; raises `OSError` while it cannot be reached."""

    def put(self, note: Note) -> None:
        """Leave a checkpoint there."""


@dataclass(frozen=True, slots=True)
class ToFile:
    """A file that grows: on a share, a write-once disk, or a printer's device."""

    path: Path

    def put(self, note: Note) -> None:
        """See `Anchor.put`."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(note.raw)
            file.flush()
            os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class ToSyslog:
    """A syslog server, by UDP (RFC 5424, RFC 5426), or this host's."""

    host: str = ""
    port: int = 514

    def put(self, note: Note) -> None:
        """See `Anchor.put`."""
        body = note.raw.rstrip("\n").replace("\n", "\\n")
        message = f"<{_FACILITY}>1 {note.time} {socket.gethostname()} sentinel - checkpoint - {body}".encode()
        kind = socket.AF_INET6 if ":" in self.host else socket.AF_INET if self.host else socket.AF_UNIX
        with socket.socket(kind, socket.SOCK_DGRAM) as out:
            out.sendto(message, (self.host, self.port) if self.host else "/dev/log")


def anchor_of(text: str) -> Anchor:
    """The anchor that a setting names: `syslog`, `syslog:HOST:PORT`, or a file."""
    if text == _SYSLOG:
        return ToSyslog()
    if not text.startswith(f"{_SYSLOG}:"):
        return ToFile(Path(text))
    host, _, port = text.removeprefix(f"{_SYSLOG}:").rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(f"`{text}` is no place for checkpoints; write a file, `syslog`, or `syslog:HOST:PORT`")
    return ToSyslog(host.strip("[]"), int(port))
