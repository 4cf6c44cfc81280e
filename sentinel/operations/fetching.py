"""Packets of an alert that lie on collectors: where, and who asked for them. Every question and answer is an event."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sentinel.accounts.collectors import Collectors
from sentinel.errors import EvidenceError
from sentinel.evidence.around import about, spans
from sentinel.evidence.requests import Asked, Requests, State
from sentinel.evidence.wanted import MOST_SPANS, Wanted
from sentinel.model.alert import Alert
from sentinel.model.audit import Act, Action, Auditor
from sentinel.model.event import PlainEvent, Value
from sentinel.shipping import wire
from sentinel.store.base import Store

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A collector that may have packets of an alert, from `since` up to before `until`; what was `asked` of it, if anything."""

    collector: str
    since: int
    until: int
    asked: Asked | None

    @property
    def state(self) -> str:
        """`there` until somebody asks, then the question's."""
        return self.asked.state.value if self.asked else "there"


@dataclass(frozen=True, slots=True)
class Fetching:
    """Who may be asked, and what was."""

    store: Store
    collectors: Collectors
    requests: Requests
    auditor: Auditor
    clock: Callable[[], int] = time.time_ns

    def where(self, alert: Alert) -> Sequence[Elsewhere]:
        """The collectors whose events the alert rests on."""
        latest: dict[str, Asked] = {}
        for asked in sorted(self.requests.of(alert.id), key=lambda one: one.asked):
            latest[asked.collector] = asked
        return [
            Elsewhere(name, times[0][0], times[-1][1], latest.get(name))
            for name, times in self._concerned(alert).items()
        ]

    def ask(self, alert: Alert, by: str, reason: str = "") -> Sequence[Elsewhere]:
        """Ask each of them, for a reason that goes on record; raises `EvidenceError` where there is none to ask."""
        concerned = self._concerned(alert)
        if not concerned:
            raise EvidenceError("no packets of this alert lie on a collector")
        for name, times in concerned.items():
            theirs = [one for one in alert.evidence if _collector(one.source) == name]
            subjects = about(self.store, theirs)
            if not subjects:
                continue
            why = {"reason": reason} if reason else {}
            self.auditor.record(Act(Action.PACKETS_ASKED, by, name, details={"alert": alert.id, **why}))
            asked = self.requests.ask(name, alert.id, subjects, times, by)
            if asked.by == by and asked.state is State.WAITING:
                _LOG.info("%s asked collector %s for packets of alert %s", by, name, alert.id)
                self._tell("monitor.packets_asked", asked, {"user.name": by})
        return self.where(alert)

    def pending(self, collector: str) -> Sequence[Wanted]:
        """What a collector is asked for now."""
        return self.requests.pending(collector)

    def take(self, collector: str, name: str, octets: bytes, *, more: bool) -> None:
        """Keep what a collector answered; raises `IngestError`."""
        came = self.requests.take(collector, name, octets, more=more)
        if came is not None:
            _LOG.info("collector %s gave %d packets of alert %s, SHA-256 %s",
                         collector, came.packets, came.alert, came.sha256)  # fmt: skip
            self._tell("monitor.packets_fetched", came,
                       {"user.name": came.by, "fiveg.monitor.count": came.packets, "file.hash.sha256": came.sha256})  # fmt: skip

    def _concerned(self, alert: Alert) -> Mapping[str, Sequence[tuple[int, int]]]:
        names = {each.name for each in self.collectors.everyone() if each.active}
        times: dict[str, list[int]] = {}
        for one in alert.evidence:
            if (name := _collector(one.source)) in names:
                times.setdefault(name, []).append(one.time)
        return {name: spans(each)[-MOST_SPANS:] for name, each in sorted(times.items())}

    def _tell(self, kind: str, asked: Asked, more: Mapping[str, Value]) -> None:
        now = self.clock()
        fields: dict[str, Value] = {"event.action": kind, "observer.name": asked.collector,
                                    "fiveg.monitor.alert": asked.alert, **more}  # fmt: skip
        event_id = f"{now:016x}-{wire.digest(kind, asked.collector, asked.wanted.id)}"
        self.store.add([PlainEvent(kind, now, event_id, "console", 0, fields)], [], [])


def _collector(source: str) -> str:
    """The collector that a source's name begins with (`sentinel.shipping.wire`); empty if none."""
    name, _, rest = source.partition(":")
    return name if rest else ""
