from __future__ import annotations

from pathlib import Path

from sentinel.access.freshness import Freshness
from tests.deciding import NOW, deciding


def test_facts_are_as_old_as_the_oldest_of_them(tmp_path: Path) -> None:
    made, store = deciding(tmp_path)
    fresh = Freshness(store, made.trust)
    assert fresh() == 0
    store.put_status("worker", {"time": NOW})
    fresh.refresh()
    assert fresh() == 0  # nobody has looked at alerts
    made.trust.refresh()
    assert fresh() == NOW
    made.decider.close()
    store.close()
