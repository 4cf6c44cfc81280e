"""Rules are taken anew while traffic runs: whole, or not at all with every mistake in the log.

The folder is looked at every few seconds. Files that have changed are read, checked and compiled beside the traffic;
the new set takes the old one's place between two batches, so that no event is missed or judged twice, and rules whose
meaning is unchanged go on with what they remember.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from sentinel.crypto.bundle import MANIFEST, SIGNATURE
from sentinel.detection import RuleSet
from sentinel.detection.engine import Prepared
from sentinel.detection.lint import Concern, lint
from sentinel.detection.loader import rule_files
from sentinel.errors import AuditError, SentinelError
from sentinel.model.audit import SERVICE, Act, Action, Auditor, Outcome
from sentinel.pipeline import Pipeline, digest_of, load_rules

_LOG = logging.getLogger(__name__)
EVERY = 2.0  # seconds between two looks at the folder

Signature = Mapping[str, tuple[int, int]]


class Reloader:
    """Keeps the rules of `pipeline` those of a folder."""

    def __init__(
        self, folder: Path, pipeline: Pipeline, auditor: Auditor,
        load: Callable[[Path], RuleSet] = load_rules, every: float = EVERY,
    ) -> None:  # fmt: skip
        self._folder, self._pipeline, self._auditor, self._load, self._every = folder, pipeline, auditor, load, every
        self._known = signature(folder)
        self._next = time.monotonic() + every
        self._tell_expired()
        self._reading: threading.Thread | None = None
        self._ready: Prepared | None = None
        self.refused = ""
        """Why the files as they are now are not at work; empty where they are."""

    def tick(self) -> None:
        """Between two batches: take the new rules if they are ready, look for newer ones if it is time."""
        if self._reading is not None:
            if not self._reading.is_alive():
                self._reading = None
                self._take()
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every
            self._look()

    def _look(self) -> None:
        found = signature(self._folder)
        if found == self._known:
            return
        self._known = found
        self._reading = threading.Thread(target=self._read, name="rules", daemon=True)
        self._reading.start()

    def _read(self) -> None:
        said = ""
        try:
            rules = self._load(self._folder)
            said = rules.digest  # of what was loaded: files may have changed since
            self._ready = self._pipeline.detection.prepare(rules)
            self._tell(said, Outcome.DONE)
        except (SentinelError, OSError) as error:
            self._ready = None
            self.refused = str(error)
            self._tell_refused(said or self._now())

    def _now(self) -> str:
        """The digest of files that could not be loaded, as they are now."""
        try:
            return digest(self._folder)
        except OSError:
            return ""

    def _tell(self, said: str, outcome: Outcome) -> None:
        self._auditor.record(Act(Action.RULES_CHANGED, SERVICE, said, outcome, {"folder": str(self._folder)}))

    def _tell_refused(self, said: str) -> None:
        try:
            self._tell(said, Outcome.REFUSED)
        except AuditError as error:
            self.refused += f"; {error}"

    def _take(self) -> None:
        ready, self._ready = self._ready, None
        if ready is None:
            _LOG.error("the rules have changed and are not taken; those before stay at work\n%s", self.refused)
            return
        self._pipeline.detection.take(ready)
        self.refused = ""
        self._tell_expired()
        _LOG.info("the rules have changed; %d are at work", len(self._pipeline.detection.rules))

    def _tell_expired(self) -> None:
        for note in lint(self._pipeline.detection.rules, time.time_ns()):
            if note.concern is Concern.EXPIRED:
                _LOG.warning("%s:%d: %s", note.path, note.line, note.en)


def signature(folder: Path) -> Signature:
    """What of the files of a folder tells that they changed."""
    found: dict[str, tuple[int, int]] = {}
    for path in (*rule_files(folder), folder / MANIFEST, folder / SIGNATURE):
        try:
            said = path.stat()
        except OSError:  # gone meanwhile, or nothing is signed here
            continue
        found[str(path)] = (said.st_mtime_ns, said.st_size)
    return found


def digest(folder: Path) -> str:
    """The SM3 over the rule files of a folder: their names and what they hold. Raises `OSError`."""
    return digest_of({path: path.read_bytes() for path in rule_files(folder)}, folder)
