"""The spool in front of Elasticsearch: what is accepted is on disk, and goes to the cluster in order, however long it is away."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from sentinel.errors import StoreError
from sentinel.model.alert import Alert
from sentinel.model.event import Event, Value
from sentinel.shipping.spool import Spool
from sentinel.store.backends.elasticsearch.documents import Batch, unpack
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore

_LOG = logging.getLogger(__name__)
_IDLE = 0.05  # seconds between two looks into an empty spool
_AT_ONCE = 2 << 20  # octets of a bulk request
_PAUSE, _LONGEST_PAUSE = (
    0.5,
    15.0,
)  # seconds between two tries; half of each is chance, so that services do not try at once
COPIES = 2.0  # seconds between two looks at what changes of triage owe
DOUBT = 60.0  # seconds after a start in which what comes may have come before it, and a rollover between


class Draining:
    """A `Sink`: a thread of its own brings what it took to the cluster (`run`)."""

    def __init__(
        self, store: ElasticsearchStore, spool: Spool, arrived: Callable[[Sequence[Alert]], None] = lambda _: None
    ) -> None:
        """`arrived` is told of alerts that can be found there now."""
        self._store, self._spool, self._arrived = store, spool, arrived
        self._trouble = self._copying = ""
        self._look = 0.0  # when what is owed is looked for again
        self._aside = 0
        self._come = threading.Event()
        self._doubtful_until = time.monotonic() + DOUBT

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """Take a batch: on disk when this returns; raises `StoreError` where there is no room."""
        if not self._spool.append(self._store.prepare(events, alerts, proofs)):
            mib = self._spool.largest >> 20
            raise StoreError(f"{mib} MiB of events wait already (--store-spool-mib); {self._trouble or 'it is behind'}")
        self._come.set()

    def run(self, stopping: threading.Event) -> None:
        """Bring batches to the cluster until told to stop; what is left then is there at the next start."""
        while not stopping.is_set():
            self._bring_copies()
            number, batch = self._gathered()
            if number is None:
                self._come.clear()
                self._come.wait(_IDLE)
            elif self._brought(batch, stopping):
                self._confirm(number)

    def _bring_copies(self) -> None:
        """What changes of triage owe is brought when they come, and again until it is there; it holds up no event."""
        if time.monotonic() < self._look:
            return
        try:
            self._store.bring_copies()
            trouble = ""
        except StoreError as error:
            trouble = str(error)
        if trouble and not self._copying:
            _LOG.error("%s; copies of alerts wait", trouble)
        self._copying = trouble
        self._look = time.monotonic() + (_LONGEST_PAUSE if trouble else COPIES)

    def _gathered(self) -> tuple[int | None, Batch]:
        """What waits, as one batch up to a size, and the number of its last; small batches cost as much as large ones."""
        last, alerts, bodies = None, list[Alert](), list[bytes]()
        while sum(map(len, bodies)) < _AT_ONCE:
            read = self._spool.read()
            if read is None:
                break
            last, octets = read
            batch = self._opened(last, octets)
            alerts += batch.alerts
            bodies.append(batch.body)
        return last, Batch(tuple(alerts), b"".join(bodies))

    def _opened(self, number: int, octets: bytes) -> Batch:
        try:
            return unpack(octets)
        except StoreError as error:
            path = self._spool.set_aside(number, octets)
            self._aside += 1
            _LOG.error("%s; it is put aside in %s", error, path)
            return Batch((), b"")

    def _brought(self, batch: Batch, stopping: threading.Event) -> bool:
        """Try until the cluster has it, or until told to stop."""
        pause, doubtful = _PAUSE, time.monotonic() < self._doubtful_until
        while True:
            try:
                self._store.send(batch, doubtful=doubtful)
                self._arrived(batch.alerts)
            except StoreError as error:
                self._say(str(error))
                if stopping.wait(pause * random.uniform(0.5, 1)):  # noqa: S311  # no secret
                    return False
                pause, doubtful = min(pause * 2, _LONGEST_PAUSE), True
            else:
                self._say("")
                return True

    def _say(self, trouble: str) -> None:
        if trouble and not self._trouble:
            _LOG.error("%s; events wait on disk", trouble)
        elif self._trouble and not trouble:
            _LOG.warning("elasticsearch takes events again; %d batches waited", self._spool.waiting)
        self._trouble = trouble

    def _confirm(self, number: int) -> None:
        try:
            self._spool.confirm(number)
        except StoreError as error:  # it is brought again after a restart, and known there
            _LOG.error("%s", error)

    def status(self) -> Mapping[str, Value]:
        """What the worker says of it: why nothing goes through, batches that wait, and documents that were put aside."""
        return {
            "store_trouble": self._trouble or self._copying,
            "store_waiting": self._spool.waiting,
            "store_refused": self._store.refused + self._aside,
        }

    def close(self) -> None:
        """Release the spool."""
        self._spool.close()
