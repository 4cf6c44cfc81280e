"""The Store: events and alerts, kept and asked for. One protocol, equal backends (design, section 9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from sentinel.model.alert import Alert, AlertState, HistoryEntry, Severity, Triage
from sentinel.model.event import Event, Frame, Value
from sentinel.model.triage import Change
from sentinel.store.query import Query
from sentinel.store.sealing import Originals

__all__ = ["AlertFilter", "AlertRecord", "Change", "Document", "Histogram", "Page", "Span", "Store"]

T = TypeVar("T")
Document = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Span:
    """Event time from `since` (inclusive) to `until` (exclusive), nanoseconds; `None` is open."""

    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows newest first; `cursor` asks for the next page (`None`: no more); `partial`: not all answered in time."""

    rows: Sequence[T]
    cursor: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Histogram:
    """(start ns, count) of equal parts of a span, none where nothing matches; `partial`: not all was counted in time."""

    parts: Sequence[tuple[int, int]] = ()
    partial: bool = False

    @property
    def total(self) -> int:
        """How many were counted."""
        return sum(count for _, count in self.parts)


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert and its triage."""

    alert: Alert
    triage: Triage


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts: empty tuples and texts do not restrict; `assignee` "-" is unassigned; `text` is a query."""

    states: tuple[AlertState, ...] = ()
    severities: tuple[Severity, ...] = ()
    rules: tuple[str, ...] = ()
    assignee: str = ""
    text: str = ""
    span: Span = field(default_factory=Span)


class Store(Protocol):
    """Raises `StoreError` when it cannot; writing the same event or alert twice is writing it once."""

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """Durably store a batch, whole or not at all; the frames of `proofs` (evidence of alerts) are kept too."""

    def event(self, event_id: str) -> Document | None:
        """One event as a document (`sentinel.model.document`)."""

    def originals(self, pseudonyms: Iterable[str]) -> Originals:
        """What pseudonyms stand for, as far as it is known; who shows it has the right and a reason, on record."""

    def events(self, query: str, span: Span, limit: int, cursor: str | None = None) -> Page[Document]:
        """Events that match a query (`sentinel.store.query`); raises `QueryError`."""

    def kinds(self) -> Sequence[str]:
        """The kinds of the events it has."""

    def scan(self, wanted: Query, kinds: Sequence[str] | None, span: Span) -> Iterator[Document]:
        """All events that match, of these kinds (`None`: of any), in the order in which they came; without a budget.

        With the identifiers that they came with, for rules to judge; nothing of it is to be shown as it is.
        """

    def event_histogram(self, query: str, span: Span, buckets: int) -> Histogram:
        """Counts of at most `buckets` equal parts of the span that holds matches."""

    def frames(self, event_ids: Sequence[str]) -> Sequence[Frame]:
        """The frames kept for these events, in time order, each once."""

    def alerts(self, wanted: AlertFilter, limit: int, cursor: str | None = None) -> Page[AlertRecord]:
        """Alerts by latest activity, newest first."""

    def alert(self, alert_id: str) -> AlertRecord | None:
        """One alert."""

    def alert_counts(self, wanted: AlertFilter) -> Mapping[str, Mapping[str, int]]:
        """Counts of matching alerts by `state`, `severity` and `rule`."""

    def triage(self, alert_id: str, change: Change, actor: str, time: int, expected: int) -> AlertRecord:
        """Change triage if its version is still `expected`, else raise `ConflictError`; the change goes to history."""

    def history(self, alert_id: str) -> Sequence[HistoryEntry]:
        """All changes of an alert, oldest first."""

    def put_status(self, name: str, status: Mapping[str, Value]) -> None:
        """Publish what a part of the service says of itself (`worker`)."""

    def status(self, name: str) -> Mapping[str, Value]:
        """What that part last said; empty if it never did."""

    def close(self) -> None:
        """Release everything."""
