"""The spool in front of Elasticsearch: what is accepted is on disk, and goes to the cluster in order, however long it is away."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sentinel.errors import StoreError
from sentinel.model.alert import Alert
from sentinel.model.event import Event, Value
from sentinel.shipping.spool import Spool
from sentinel.store.backends.elasticsearch.documents import Batch, unpack
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore

_LOG = logging.getLogger(__name__)
_IDLE = 0.05  # seconds between two looks into an empty spool
_AT_ONCE = 2 << 20  # octets of a bulk request
_PAUSE, _LONGEST_PAUSE = 0.5, 15.0  # seconds between two tries; half is chance: services do not try at once
COPIES = 2.0  # seconds between two looks at what alerts owe
DOUBT = 60.0  # seconds after a start in which what comes may have come before it


class _Held(NamedTuple):
    """What is being brought: the number of its last batch, all of it as one, and whether it may be there already."""

    number: int
    batch: Batch
    doubtful: bool


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
        self._held: _Held | None = None
        self._untold: list[Alert] = []  # that are there
        self._unopened: tuple[int, bytes] | None = None
        self._new_from = spool.begun  # numbers before this one may have been brought, by us or before a kill
        self._doubtful_until = time.monotonic() + DOUBT

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """Take a batch: on disk when this returns; raises `StoreError` where there is no room."""
        batches = self._store.prepare(events, alerts, proofs)
        if time.monotonic() < self._doubtful_until:
            self._new_from = self._spool.next + len(batches)
        if not self._spool.append(batches):
            mib = self._spool.largest >> 20
            raise StoreError(f"{mib} MiB of events wait already (--store-spool-mib); {self._trouble or 'it is behind'}")
        self._come.set()

    def run(self, stopping: threading.Event) -> None:
        """Bring batches to the cluster until told to stop; what is left then is there at the next start.

        Nothing ends it: what goes wrong is said, and tried again.
        """
        pause = _PAUSE
        while not stopping.is_set():
            self._bring_copies()
            try:
                moved = self._bring()
            except StoreError as error:
                self._say(str(error))
            except Exception as error:  # noqa: BLE001  # a mistake of ours; what waits is kept
                if not self._trouble:
                    _LOG.exception("events cannot be brought to the cluster")
                self._say(f"a mistake of ours: {error!r}")
            else:
                self._say("")
                pause = _PAUSE
                if not moved:
                    self._come.clear()
                    self._come.wait(_IDLE)
                continue
            stopping.wait(pause * random.uniform(0.5, 1))  # noqa: S311  # no secret
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _bring_copies(self) -> None:
        """What alerts owe is brought when it comes, and again until it is there; it holds up no event."""
        if time.monotonic() < self._look:
            return
        trouble = ""
        try:
            self._store.bring_copies()
        except StoreError as error:
            trouble = str(error)
        except Exception as error:  # noqa: BLE001  # a mistake of ours
            trouble = f"a mistake of ours: {error!r}"
            if not self._copying:
                _LOG.exception("copies of alerts cannot be brought to the cluster")
        if trouble and not self._copying:
            _LOG.error("%s; copies of alerts wait", trouble)
        self._copying = trouble
        self._look = time.monotonic() + (_LONGEST_PAUSE if trouble else COPIES)

    def _bring(self) -> bool:
        """Bring what is held, or what comes next; whether there was any. Raises `StoreError`, and it is held."""
        held = self._held or self._gathered()
        if held is None:
            self._tell()
            return self._put_aside()
        self._held = held._replace(doubtful=True)  # if it does not end well
        self._store.send(held.batch, doubtful=held.doubtful)
        self._held = None
        self._confirm(held.number)  # first: on a full disk this is what makes room
        self._untold += held.batch.alerts
        self._tell()
        return True

    def _tell(self) -> None:
        """Say which alerts can be found; raises `StoreError`, and then it is said with the next look."""
        if self._untold:
            self._arrived(self._untold)
            self._untold = []

    def _gathered(self) -> _Held | None:
        """What waits, as one batch up to a size: small batches cost as much as large ones."""
        last, doubtful, batches = 0, False, list[Batch]()
        while self._unopened is None and sum(batch.size for batch in batches) < _AT_ONCE:
            try:
                read = self._spool.read()
            except StoreError:
                if not batches:
                    raise
                break  # it is said with the next look; what was read is brought
            if read is None:
                break
            number, octets = read
            try:
                batches.append(unpack(octets))
            except StoreError as error:
                _LOG.error("number %d: %s", number, error)
                self._unopened = read
                break
            last, doubtful = number, doubtful or number < self._new_from
        if not batches:
            return None
        alerts = tuple(alert for batch in batches for alert in batch.alerts)
        body, arrived = b"".join(batch.body for batch in batches), min(batch.arrived for batch in batches)
        return _Held(last, Batch(alerts, body, min(arrived, self._spool.left) if doubtful else arrived), doubtful)

    def _put_aside(self) -> bool:
        """Put aside the batch that could not be opened, if there is one; raises `StoreError`, and then it is held."""
        if self._unopened is None:
            return False
        path = self._spool.set_aside(*self._unopened)
        _LOG.error("what could not be read is put aside in %s", path)
        self._aside += 1
        (number, _), self._unopened = self._unopened, None
        self._confirm(number)
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
