"""Makes the captures of all scenes, byte for byte the same every time.

    python tests/traces/make.py

A capture is `<protocol>/<scene>.pcap` beside this script. The demo has none, since it is made of the others.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sentinel.drill import scenes, write_capture

START_NS = 1_767_600_000 * 10**9  # 2026-01-05 08:00:00 UTC
HERE = Path(__file__).parent
_FOLDERS = {"gnb": "ngap", "ngap": "ngap", "ngsetup": "ngap", "nas": "nas", "suci": "nas", "auth": "nas",
            "gtp": "gtpu", "up": "gtpu", "pfcp": "pfcp", "core": "core"}  # fmt: skip


def path_of(name: str) -> Path:
    """Where the capture of a scene is, under this folder."""
    return Path(_FOLDERS.get(name.partition("-")[0], "plant")) / f"{name}.pcap"


def make(folder: Path = HERE) -> list[Path]:
    """Writes all captures under `folder`; returns their paths there."""
    made = []
    for name, scene in scenes().items():
        if name == "demo":
            continue
        path = path_of(name)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_capture(scene.frames(START_NS), folder / path)
        made.append(path)
    return made


if __name__ == "__main__":
    for made in make():
        sys.stdout.write(f"{made}\n")
