"""Short values that are kept in a file of their own: after a kill or a power cut it is the old one or the new one."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

from sentinel.ownership import keep_owner


def put_number(path: Path, number: int) -> None:
    """Keep a number in a file."""
    put_text(path, str(number))


def put_text(path: Path, text: str) -> None:
    """Keep a short text in a file, synchronised; for its owner alone, whatever the umask."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)  # a kill left it; what is made anew is nobody else's, and no link to elsewhere
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        keep_owner(file.fileno(), path.parent)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    synchronise_folder(path.parent)


def get_number(path: Path, otherwise: int) -> int:
    """The number of such a file; `otherwise` if there is none that can be read."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return otherwise


class Pledge:
    """A number that something has come to, kept beside a log so that it outlives damage of that.

    It is written in place, which a full disk allows too: one write within one sector, and a checksum that notices any other.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self) -> int:
        """The number; 0 if there is none that can be read."""
        try:
            number, check = self._path.read_bytes().split()
            return int(number) if int(check, 16) == zlib.crc32(number) else 0
        except (OSError, ValueError):
            return 0

    def put(self, number: int) -> None:
        """Keep the number, synchronised; raises `OSError`."""
        digits = b"%020d" % number
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, b"%s %08x\n" % (digits, zlib.crc32(digits)), 0)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)


def synchronise_folder(folder: Path) -> None:
    """See that the names in a folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
