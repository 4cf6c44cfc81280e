"""What-ifs that run beside the pages: stored traffic decided again under a draft, with progress, one after the other.

The door also answers enforcement points, so a replay gives way now and then, besides being made to (`sentinel.service.SWITCH`).
Results are kept for those who come back.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sentinel.access.authoring.whatif import Outcome, Seen, Tally, replay, tallies
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Snapshot
from sentinel.access.information.pip import Pip
from sentinel.errors import AnalysisError
from sentinel.model.alert import Alert
from sentinel.store.base import AlertFilter, Document, Span, Store
from sentinel.store.moment import parse_moment
from sentinel.store.query import Exists

MOST = 16  # replays that are kept
_WANTED = "fiveg.supi:*"
_GIVE_WAY = 10_000  # documents after which others have their turn
_PAGE = 500


@dataclass(slots=True)
class Replay:
    """A what-if that waits, runs or is done: how far it is, and what it found."""

    draft: Snapshot
    live: Snapshot
    since: str
    began: float = 0.0
    total: int = 0
    read: int = 0
    done: bool = False
    error: str = ""
    took: float = 0.0
    accesses: int = 0
    tallies: Sequence[Tally] = ()
    stopped: Mapping[str, Alert] = field(default_factory=dict)  # alerts whose evidence the draft denies, by id

    @property
    def losers(self) -> Sequence[Tally]:
        """The terminals that would lose access."""
        return [tally for tally in self.tallies if tally.counts[Outcome.REJECTED]]

    def count(self, outcome: Outcome) -> int:
        """How many accesses came out so."""
        return sum(tally.counts[outcome] for tally in self.tallies)


class Replays:
    """The latest what-ifs, by the draft, the policy in force, and since when traffic is looked at (such as `-24h`)."""

    def __init__(self, store: Store, pip: Pip) -> None:
        self._store = store
        self._pip = pip
        self._kept: OrderedDict[tuple[str, str, str], Replay] = OrderedDict()
        self._waiting: queue.Queue[Replay] = queue.Queue()
        self._lock = threading.Lock()
        self._started = False

    def ask(self, draft: Snapshot, live: Snapshot, since: str, *, again: bool = False) -> Replay:
        """The what-if of this draft, begun if it was not; `again` begins it anew, for what was stored since then."""
        key = (draft.digest, live.digest, since)
        with self._lock:
            found = self._kept.get(key)
            if found is None or (again and found.done):
                found = self._kept[key] = Replay(draft, live, since)
                self._kept.move_to_end(key)
                self._waiting.put(found)
                self._begin()
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
            return found

    def find(self, draft: Snapshot, live: Snapshot, since: str) -> Replay | None:
        """The what-if of this draft, if anybody asked for it."""
        with self._lock:
            return self._kept.get((draft.digest, live.digest, since))

    def _begin(self) -> None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, daemon=True, name="what-if").start()

    def _run(self) -> None:
        while True:
            wanted = self._waiting.get()
            wanted.began = time.monotonic()
            try:
                self._replay(wanted)
            except Exception as error:  # noqa: BLE001  # the thread outlives whatever one replay does, and who asked is told
                wanted.error = str(error)
            wanted.took, wanted.done = time.monotonic() - wanted.began, True

    def _replay(self, wanted: Replay) -> None:
        span = Span(parse_moment(wanted.since, time.time_ns()))
        wanted.total = self._store.event_histogram(_WANTED, span, 1).total
        proofs = self._proofs(span)
        accesses = replay(self._counted(wanted, span), self._pip, Pdp(wanted.draft, _refuse), Pdp(wanted.live, _refuse))
        stopped: dict[str, Alert] = {}
        wanted.tallies = tallies(self._noted(wanted, accesses, proofs, stopped))
        wanted.stopped = stopped

    def _counted(self, wanted: Replay, span: Span) -> Iterator[Document]:
        for document in self._store.scan(Exists("fiveg.supi"), None, span):
            wanted.read += 1
            if wanted.read % _GIVE_WAY == 0:
                time.sleep(0.001)
            yield document

    def _noted(
        self, wanted: Replay, accesses: Iterator[Seen], proofs: Mapping[str, Alert], stopped: dict[str, Alert]
    ) -> Iterator[Seen]:
        for seen in accesses:
            wanted.accesses += 1
            alert = proofs.get(seen.event)
            if alert is not None and seen.outcome is not Outcome.PERMITTED:
                stopped[alert.id] = alert
            yield seen

    def _proofs(self, span: Span) -> Mapping[str, Alert]:
        """The alerts of the span by the events that prove them."""
        found: dict[str, Alert] = {}
        cursor: str | None = None
        while True:
            page = self._store.alerts(AlertFilter(span=span), _PAGE, cursor)
            for record in page.rows:
                found |= {proof.event_id: record.alert for proof in record.alert.evidence}
            cursor = page.cursor
            if cursor is None:
                return found


def _refuse(message: str) -> None:
    raise AnalysisError(message)
