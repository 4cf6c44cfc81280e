"""Alerts as documents: what revisions and triage make of them."""

from __future__ import annotations

from dataclasses import replace

from sentinel.model.alert import AlertState, ClosingReason, Triage
from sentinel.store.backends.elasticsearch.alerts import Kept, kept, revised
from sentinel.store.base import AlertRecord
from tests.contract.test_store import alert


def _closed(reason: ClosingReason) -> Kept:
    return Kept(AlertRecord(alert(), Triage(AlertState.CLOSED, reason, "ann", 3)))


def test_a_document_comes_back() -> None:
    before = _closed(ClosingReason.DUPLICATE)
    hit = {"_source": before.document(frozenset()), "_seq_no": 5, "_primary_term": 1}
    assert kept(hit) == replace(before, place=(5, 1))


def test_an_earlier_revision_changes_nothing() -> None:
    assert revised(_closed(ClosingReason.DUPLICATE), alert(count=1)) is None


def test_more_of_a_true_positive_is_new_again_and_says_how_many() -> None:
    again = revised(_closed(ClosingReason.TRUE_POSITIVE), alert(count=4))
    assert again is not None
    assert (again.record.triage.state, again.record.triage.assignee) == (AlertState.NEW, "ann")
    assert again.history[-1].note == "3 more"


def test_more_of_a_false_positive_stays_closed() -> None:
    again = revised(_closed(ClosingReason.FALSE_POSITIVE), alert(count=4))
    assert again is not None
    assert (again.record.triage.state, again.record.alert.count) == (AlertState.CLOSED, 4)
