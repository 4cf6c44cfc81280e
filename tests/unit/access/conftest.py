from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.continuous import Rig
from tests.deciding import people


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Access that goes on, with people: `ada`, `ben` and `eve`, and `fay`."""
    made = Rig(tmp_path)
    people(made.control, "fay")
    yield made
    made.close()
