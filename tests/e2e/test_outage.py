"""The cluster goes away and comes back, and its disk is full: no accepted event is lost, and none is there twice."""

from __future__ import annotations

import pytest

from tests import elastic, outage


@pytest.mark.elasticsearch
@pytest.mark.timeout(600)
def test_a_cluster_that_is_killed_and_read_only_loses_nothing() -> None:
    """The short form; `python -m tests.outage` is the long one."""
    if said := elastic.missing():
        pytest.skip(said)
    with outage.trial(rate=1000) as trial:
        accepted, there, different = trial.run(outage.acts(away=3, between=2))
    assert accepted == there == different > 10_000
    assert any("cannot be reached" in said for said in trial.said)
    assert any("its disk is full" in said for said in trial.said)
