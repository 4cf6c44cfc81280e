"""Records of the audit log in the cluster, to be searched beside events. The log remains the proof.

A document holds the record as it was written, and its number (`event.sequence`): with that, `/api/v1/audit` proves that it is
in the log. What was changed in the cluster is found out so.
"""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from pathlib import Path

from sentinel.audit.log import Log
from sentinel.audit.record import Record, decode
from sentinel.errors import AuditError, StoreError
from sentinel.model.document import timestamp
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore

_LOG = logging.getLogger(__name__)
EVERY = 2.0  # seconds between two looks into the log
_AT_ONCE = 1000
_STATUS = "chronicle"


class Chronicle:
    """Follows the log of a folder; where it has come to is kept with what the service says of itself."""

    def __init__(self, store: ElasticsearchStore, folder: Path) -> None:
        self._store, self._folder = store, folder
        self._doubtful = True  # a kill may have come between the documents and the note of them

    def run(self, stopping: threading.Event) -> None:
        """Bring records until told to stop; while the cluster is away they wait in the log."""
        with closing(Log(self._folder)) as log:
            while not stopping.wait(EVERY):
                try:
                    while self.bring(log):
                        pass
                except (StoreError, AuditError) as error:  # why, the spool says too
                    self._doubtful = True
                    _LOG.debug("%s", error)

    def bring(self, log: Log) -> int:
        """Bring the next records; how many. Raises `StoreError` or `AuditError`."""
        first = int(str(self._store.status(_STATUS).get("next", 0)))
        end = min(log.lasting()[0], first + _AT_ONCE)
        if first >= end:
            return 0
        records = [(decode(octets), octets) for octets in log.records(first, end)]
        since = min(record.time for record, _ in records) if self._doubtful else None
        self._store.put_audit([_document(*each) for each in records], since=since)
        self._store.put_status(_STATUS, {"next": end})
        self._doubtful = False
        return end - first


def _document(record: Record, octets: bytes) -> tuple[str, dict[str, str | int]]:
    return f"{record.number:016d}", {
        "@timestamp": timestamp(record.time), "event.kind": "event", "event.sequence": record.number,
        "event.action": record.action, "event.outcome": record.outcome, "user.name": record.actor,
        "sentinel.audit.target": record.target, "sentinel.audit.record": octets.decode(),
    }  # fmt: skip
