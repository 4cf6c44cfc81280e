"""Makes the captures of scenes, byte for byte the same every time.

    python tests/traces/make.py            # those that are here
    python tests/traces/make.py SCENE ...  # and new ones

A capture is `<protocol>/<scene>.pcap` beside this script. It holds decoder and state to the octet, which a few dozen do;
the other scenes are played by the tests of rules.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from sentinel.drill import scenes, write_capture

START_NS = 1_767_600_000 * 10**9  # 2026-01-05 08:00:00 UTC
HERE = Path(__file__).parent
_FOLDERS = {"gnb": "ngap", "ngap": "ngap", "ngsetup": "ngap", "nas": "nas", "suci": "nas", "auth": "nas",
            "gtp": "gtpu", "up": "gtpu", "pfcp": "pfcp", "core": "core"}  # fmt: skip


def path_of(name: str) -> Path:
    """Where the capture of a scene is, under this folder."""
    return Path(_FOLDERS.get(name.partition("-")[0], "plant")) / f"{name}.pcap"


def committed() -> list[str]:
    """Scenes whose captures are here."""
    return [name for name in scenes() if (HERE / path_of(name)).exists()]


def make(names: Iterable[str], folder: Path = HERE) -> list[Path]:
    """Writes the captures of `names` under `folder`; returns their paths there."""
    made = []
    for name in names:
        path, scene = path_of(name), scenes()[name]
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_capture(scene.frames(START_NS), folder / path)
        made.append(path)
    return made


if __name__ == "__main__":
    for made in make({*committed(), *sys.argv[1:]}):
        sys.stdout.write(f"{made}\n")
