"""A registration storm: nothing is lost, and one alert tells of it at once."""

from __future__ import annotations

from pathlib import Path

from sentinel.store.backends.sqlite import SqliteStore
from tests.bench.bench_pipeline import storm


def test_registrations_at_a_hundred_thousand_a_minute(tmp_path: Path) -> None:
    """A second of it, through all rules into the store; `bench_pipeline` takes the whole minute."""
    store = SqliteStore(tmp_path / "events.db")
    try:
        found = storm(1700, store)
    finally:
        store.close()
    assert found["passed"] >= found["made"]  # State adds events of what does not come
    assert found["stored"] == found["passed"]
    assert 0 < found["told_after_seconds"] <= 5
    assert found["storm_alerts"] == 1
