"""What goes wrong, in one message each."""

from __future__ import annotations

import pytest

from sentinel.store.backends.elasticsearch.failures import old, passing, refusal


@pytest.mark.parametrize(
    ("version", "fine"), [("7.17.22", False), ("8.18.4", False), ("8.19.0", True), ("9.4.3", True)]
)
def test_old_versions_are_named(version: str, fine: bool) -> None:
    assert bool(old(version)) is not fine


def test_a_full_disk_is_told_from_other_blocks() -> None:
    cause = {
        "type": "cluster_block_exception",
        "reason": "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded]",
    }
    assert "its disk is full" in refusal(429, cause)
    assert "disk" not in refusal(403, {"type": "cluster_block_exception", "reason": "FORBIDDEN/8/index write (api)"})


@pytest.mark.parametrize(
    ("status", "kind", "passes"),
    [(429, "es_rejected_execution_exception", True), (503, "", True), (403, "cluster_block_exception", True),
     (400, "document_parsing_exception", False), (404, "index_not_found_exception", False)],
)  # fmt: skip
def test_what_passes_is_tried_again(status: int, kind: str, passes: bool) -> None:
    assert passing(status, {"type": kind}) is passes
