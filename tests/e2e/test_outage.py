"""The cluster goes away and comes back, and its disk is full: no accepted event is lost, and none is there twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sentinel.store.backends.elasticsearch.address import Address
from tests import elastic, kills, outage
from tests.bench.n3_traffic import imix
from tests.stores import fresh


@pytest.mark.elasticsearch
@pytest.mark.timeout(600)
def test_a_cluster_that_is_killed_and_read_only_loses_nothing() -> None:
    """The short form; `python -m tests.outage` is the long one."""
    if said := elastic.missing():
        pytest.skip(said)
    with outage.trial(rate=1000) as trial:
        accepted, there, different = trial.run(outage.acts(seconds=3, between=2))
    assert accepted == there == different > 10_000
    assert any("cannot be reached" in said for said in trial.said)
    assert any("its disk is full" in said for said in trial.said)
    assert any("it is overloaded and takes nothing now (429" in said for said in trial.said)


@pytest.mark.elasticsearch
@pytest.mark.timeout(900)
def test_a_service_that_is_killed_under_load_loses_nothing(elasticsearch: Address, tmp_path: Path) -> None:
    """The short form; `python -m tests.kills` is the long one."""
    missing, twice, there = kills.killed(tmp_path, fresh(elasticsearch), imix(10_000), 2, random.Random(3))
    assert (missing, twice) == (0, 0)
    assert there > 5000
