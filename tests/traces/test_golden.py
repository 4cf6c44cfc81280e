"""Every committed capture still gives the events that were recorded for it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.traces.golden import events, golden

CAPTURES = sorted(Path(__file__).parent.rglob("*.pcap"))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_events_are_as_recorded(capture: Path) -> None:
    recorded = [orjson.loads(line) for line in golden(capture).read_bytes().splitlines()]
    assert events(capture) == recorded
