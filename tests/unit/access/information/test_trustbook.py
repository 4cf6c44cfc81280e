from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.access.information.trustbook import TrustBook
from sentinel.model.alert import AlertState, ClosingReason
from sentinel.model.triage import Change
from sentinel.model.weight import HALF_LIFE
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from sentinel.store.sealing import Clear, Sealing
from tests.auditing import Kept
from tests.deciding import AGV, NOW, SECOND, alert
from tests.sealed import personal


class _Book:
    def __init__(self, folder: Path, sealing: Sealing) -> None:
        self.store = SqliteStore(folder / "events.db", sealing)
        self.control = ControlDatabase(f"sqlite:///{folder / 'control.db'}", Kept())
        self.now = NOW
        self.book = self.opened()

    def opened(self) -> TrustBook:
        return TrustBook(self.store, self.control, lambda: self.now)

    def later(self, seconds: int) -> None:
        self.now += seconds * SECOND
        self.book.refresh()


@pytest.fixture(params=["clear", "sealed"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Book]:
    made = _Book(tmp_path, personal(tmp_path) if request.param == "sealed" else Clear())
    yield made
    made.store.close()
    made.control.close()


def test_an_alert_lowers_the_trust_in_its_terminal_and_no_others(kept: _Book) -> None:
    kept.store.add([], [alert()], [])
    kept.later(1)
    assert kept.book.trust(AGV, kept.now).score == 50
    assert kept.book.trust("999700000000002", kept.now).score == 100
    assert kept.book.refreshed == kept.now


def test_any_past_score_can_be_computed_again(kept: _Book) -> None:
    """What decisions saw is what is computed later, whatever became of the alerts since, and after a restart."""
    seen = {}
    kept.store.add([], [alert()], [])
    for step in range(6):
        kept.later(3600)
        seen[kept.now] = kept.book.trust(AGV, kept.now)
        if step == 2:
            kept.store.add([], [alert(last=kept.now, count=2), alert("a2", last=kept.now)], [])
        if step == 4:
            change = Change(AlertState.CLOSED, ClosingReason.FALSE_POSITIVE, note="a drill")
            kept.store.triage("a2", change, "ben", kept.now, 0)
    assert len({trust.score for trust in seen.values()}) > 3
    assert {at: kept.book.past(AGV, at) for at in seen} == seen
    again = kept.opened()
    assert {at: again.past(AGV, at) for at in seen} == seen
    assert again.trust(AGV, kept.now).score == kept.book.trust(AGV, kept.now).score


def test_what_was_dismissed_weighs_no_more(kept: _Book) -> None:
    kept.store.add([], [alert()], [])
    kept.later(1)
    kept.store.triage("a1", Change(AlertState.CLOSED, ClosingReason.DUPLICATE, note="n"), "ben", kept.now, 0)
    kept.later(1)
    assert kept.book.trust(AGV, kept.now).score == 100


def test_nothing_is_written_while_nothing_is_new(kept: _Book) -> None:
    kept.store.add([], [alert()], [])
    for _ in range(5):
        kept.later(5)
    assert len(kept.book._terms[AGV]) == 1


def test_what_is_long_past_is_forgotten(kept: _Book) -> None:
    kept.store.add([], [alert()], [])
    kept.later(1)
    kept.later(11 * HALF_LIFE // SECOND)
    assert kept.book._terms == {}
