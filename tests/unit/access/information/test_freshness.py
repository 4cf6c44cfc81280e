from __future__ import annotations

from pathlib import Path

from sentinel.access.information.freshness import Freshness
from sentinel.access.information.present import Present
from sentinel.model.facts import Kind, Told
from tests.deciding import NOW, deciding


def test_facts_are_as_old_as_the_oldest_of_them(tmp_path: Path) -> None:
    made, store = deciding(tmp_path)
    present = Present()
    fresh = Freshness(present, made.trust)
    assert fresh() == 0  # the worker was never heard
    present.take(Told(Kind.WORKER, "worker", NOW, {"since": 1}))
    assert fresh() == NOW
    made.trust.refreshed = NOW - 5
    assert fresh() == NOW - 5
    made.close()
    store.close()
