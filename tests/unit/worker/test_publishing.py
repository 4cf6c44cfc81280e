"""What the worker tells: the drill's session from its beginning over a handover to its end, and alerts that weigh."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from collectors.sources.frames import Frames
from sentinel import drill
from sentinel.errors import StoreError
from sentinel.model.alert import Alert
from sentinel.model.event import Event
from sentinel.model.facts import Kind, Told
from sentinel.pipeline import Pipeline, load_rules
from sentinel.state.history import History
from sentinel.store.facts import FactLog
from sentinel.worker.publishing import Publisher
from tests.deciding import SITE, TABLET, alert
from tests.policies import ROOT

RULES = load_rules(ROOT / "rules")
SCENE = "modbus-write-unauthorised"


class _Sink:
    """Takes everything, or nothing."""

    full = False

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        if self.full:
            raise StoreError("full")


class _Worker:
    later = False  # steps are put off

    def __init__(self, folder: Path) -> None:
        self.log, self.sink = FactLog(folder / "facts.db"), _Sink()
        self.steps = list[Callable[[], None]]()
        self.publisher = Publisher(self.sink, History(folder / "identity.db"), self.log, do=self._do)
        self.pipeline = Pipeline(SITE, RULES, self.publisher, self.publisher)

    def _do(self, step: Callable[[], None]) -> None:
        self.steps.append(step)
        if not self.later:
            self.catch_up()

    def catch_up(self) -> None:
        """Take the steps that were put off."""
        steps, self.steps = self.steps, []
        for step in steps:
            step()

    def play(self, since: int, until: int | None = None) -> None:
        frames = list(drill.scenes()[SCENE].frames(1_790_000_000_000_000_000))[since:until]
        with Frames("drill", iter([[frame] for frame in frames])) as source:
            for batch in source.batches():
                self.pipeline.process(batch)

    def told(self, kind: Kind) -> list[Told]:
        return self.log.after(0, [kind])


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[_Worker]:
    made = _Worker(tmp_path)
    yield made
    made.log.close()


def test_a_session_is_told_with_all_that_a_decision_is_bound_to(worker: _Worker) -> None:
    worker.play(0, 36)
    (session,) = worker.told(Kind.SESSION)
    fields = session.fields
    assert (fields["fiveg.supi"], fields["addresses"], fields["fiveg.pdu_session.id"]) == (TABLET, ("10.45.1.14",), 1)
    assert str(fields["uplink"]).startswith("10.11.3.20/0x")
    assert str(fields["downlink"]).startswith("10.11.3.101/0x")
    assert str(fields["seid"]).startswith("10.11.4.20/0x")
    assert (fields["gnb"], fields["qfis"], session.over) == ("10.11.2.101", (1,), False)
    (place,) = worker.told(Kind.PLACE)
    assert (place.fields["fiveg.supi"], place.fields["fiveg.nci"], place.over) == (TABLET, "0x000000011", False)
    assert TABLET not in session.key + place.key
    worker.play(36)
    assert [told.over for told in worker.told(Kind.SESSION)] == [True]
    assert [told.over for told in worker.told(Kind.PLACE)] == [True]


def test_a_pfcp_modification_is_told_at_once(worker: _Worker) -> None:
    worker.play(0, 34)
    (before,) = worker.told(Kind.SESSION)
    worker.play(34, 35)
    (after,) = worker.told(Kind.SESSION)
    assert after.number > before.number


def test_an_alert_is_told_when_it_is_new_and_not_with_every_match(worker: _Worker) -> None:
    worker.play(0, 52)
    (told,) = worker.told(Kind.ALERT)
    worker.publisher.add([], [alert()], [])
    worker.publisher.add([], [alert(count=2)], [])
    assert [each.number for each in worker.told(Kind.ALERT)] == [told.number, worker.log.last]
    last = worker.log.last
    worker.publisher.add([], [alert(count=3)], [])
    assert worker.log.last == last


def test_what_could_not_be_stored_is_told_when_it_is(worker: _Worker) -> None:
    worker.play(0, 31)
    worker.sink.full = True
    with pytest.raises(StoreError):
        worker.play(31, 32)
    assert worker.told(Kind.SESSION) == []
    worker.sink.full = False
    worker.play(32, 33)
    assert len(worker.told(Kind.SESSION)) == 1


def test_stored_later_it_is_told_behind_that_as_it_was_when_it_was_handed_over(worker: _Worker) -> None:
    worker.later = True
    worker.play(0, 36)
    before = len(worker.steps)
    worker.play(36)
    assert worker.told(Kind.SESSION) == []
    rest, worker.steps = worker.steps[before:], worker.steps[:before]
    worker.catch_up()
    assert [told.over for told in worker.told(Kind.SESSION)] == [False]
    worker.steps = rest
    worker.catch_up()
    assert [told.over for told in worker.told(Kind.SESSION)] == [True]


def test_after_a_restart_what_lives_is_told_again_and_what_does_not_is_over(worker: _Worker) -> None:
    worker.play(0, 36)
    (session,) = worker.told(Kind.SESSION)
    worker.log.tell([Told(Kind.SESSION, "gone", 5, {"fiveg.supi": TABLET})])
    worker.publisher.anew(worker.pipeline.state)
    assert {told.key: told.over for told in worker.told(Kind.SESSION)} == {session.key: False, "gone": True}


def test_a_worker_that_knows_nothing_ends_nothing(worker: _Worker) -> None:
    worker.log.tell([Told(Kind.SESSION, "kept", 5, {"fiveg.supi": TABLET})])
    worker.publisher.anew(worker.pipeline.state)
    assert [told.over for told in worker.told(Kind.SESSION)] == [False]


def test_the_worker_says_that_it_lives(worker: _Worker) -> None:
    before = time.time_ns()
    worker.publisher.beat()
    (told,) = worker.told(Kind.WORKER)
    assert told.time >= before
