"""Interfaces and namespaces that tests make: each is named for the process that made it, so that the next one can tidy up.

A test that is killed (`kill -9`, a time-out) leaves its interfaces behind. Whoever makes the next ones first removes
those whose process is gone.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

_OURS = re.compile(r"sn[cd]?(\d+)[a-d]?")
_SPACE = re.compile(r"sentinel-(\d+)[ugd]?")


def ip(*arguments: str) -> None:
    """Run `ip`; raises `CalledProcessError`."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def tidy() -> None:
    """Remove what processes that are gone have left."""
    for name in _left(_SPACE, Path("/run/netns")):
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
    for name in _left(_OURS, Path("/sys/class/net")):  # one end of a pair takes the other with it
        subprocess.run(["ip", "link", "del", name], check=False, capture_output=True)


def _left(pattern: re.Pattern[str], folder: Path) -> list[str]:
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    owners = {name: found[1] for name in names if (found := pattern.fullmatch(name))}
    return [name for name, owner in owners.items() if owner != str(os.getpid()) and not Path("/proc", owner).exists()]
