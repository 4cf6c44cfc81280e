"""Every real capture at hand is read without an error of ours. Needs a folder of captures that is not ours to ship."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from collectors.sources.capture_file import CaptureFile
from sentinel.model.fields import CATALOGUE
from tests import compare_tshark

pytestmark = pytest.mark.skipif(
    "SENTINEL_CAPTURES" not in os.environ, reason="SENTINEL_CAPTURES does not name the folder of real captures"
)
FOLDER = Path(os.environ.get("SENTINEL_CAPTURES", "/nonexistent"))
SUFFIXES = {".pcap", ".pcapng", ".cap", ".gz"}
WITHOUT_FRAMES = {
    "flow.ended",
    "flow.updated",
    "flow.flood",
    "gtpu.teid_sweep",
    "monitor.table_full",
}  # of many packets
CAPTURES = sorted(path for path in FOLDER.rglob("*") if path.suffix in SUFFIXES)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_a_capture_is_decoded_and_the_counts_add_up(path: Path) -> None:
    with CaptureFile(str(path)) as source:
        for batch in source.batches():
            for event in batch:
                assert event.fields.keys() <= CATALOGUE.keys(), event.kind
                assert event.frames or event.kind in WITHOUT_FRAMES
        counters = source.counters()
    assert counters["packets"] == sum(counters[fate] for fate in ("decoded", "malformed", "unknown", "dropped"))
    assert counters["panics"] == 0


@pytest.mark.tshark
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed: apt install tshark")
def test_the_lab_has_the_messages_and_values_that_tshark_sees(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_tshark.main([str(FOLDER / "lab")]) == 0, capsys.readouterr().out
