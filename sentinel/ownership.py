"""Whose a new file is: what a command makes as root in the folder of a service's own user, that service reads afterwards."""

from __future__ import annotations

import os
from pathlib import Path


def keep_owner(descriptor: int, folder: Path) -> None:
    """Give a file that root has just made, and nobody else holds, to the owner of its folder; raises `OSError`."""
    if os.geteuid() != 0:
        return  # nobody else may give files away
    owner, made = folder.stat(), os.fstat(descriptor)
    if (owner.st_uid, owner.st_gid) != (made.st_uid, made.st_gid):
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
