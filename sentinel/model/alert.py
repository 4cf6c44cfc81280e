"""Alerts: what detection says, and what people then say of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sentinel.model.event import Fields, Scalar


class Severity(StrEnum):
    """Sigma's levels, lowest first; `rank` orders them and is what `event.severity` holds (ECS: a number)."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (informational) to 4 (critical)."""
        return list(Severity).index(self)


class Stage(StrEnum):
    """The regulator's four stages (design, section 1)."""

    HAZARD = "hazard_investigation"  # 隐患排查
    JUDGEMENT = "security_judgement"  # 安全研判
    FORECAST = "accident_forecasting"  # 事故预测
    RESPONSE = "emergency_response"  # 应急响应


class Domain(StrEnum):
    """The regulator's five domains (design, section 1)."""

    ACCESS = "terminal_access"
    NETWORK = "networking"
    EDGE = "edge_computing"
    DATA = "data"
    OPERATION = "operation_maintenance"


@dataclass(frozen=True, slots=True)
class RuleRef:
    """The rule behind an alert, as it was when it fired; `version` is the digest of its file."""

    slug: str
    id: str
    version: str
    title: str
    title_zh: str
    description: str
    description_zh: str
    severity: Severity
    stages: tuple[Stage, ...]
    domain: Domain
    tags: tuple[str, ...]
    response: str = ""
    response_zh: str = ""
    false_positives: tuple[str, ...] = ()
    false_positives_zh: tuple[str, ...] = ()
    risk: int | None = None  # of 100, what an alert adds to the risk of its entity; by its severity where it is none


@dataclass(frozen=True, slots=True)
class Evidence:
    """One event that an alert rests on: its id, kind, packet time (ns), source and packet number."""

    event_id: str
    kind: str
    time: int
    source: str
    packet: int


@dataclass(frozen=True, slots=True)
class Clause:
    """A node of "why it fired": the condition as written, whether it held, and the value that decided it.

    `text` is `and`, `or`, `not`, a search identifier (`selection`), or a leaf such as `fiveg.nas.cipher = NEA0`.
    """

    text: str
    held: bool
    field: str = ""
    value: Scalar | tuple[Scalar, ...] | None = None
    children: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """One group of like findings: a rule, the entity it is about, and the events that prove it.

    Detection emits it again with the same `id`, a higher `count` and a later `last` while matches of the same rule
    and entity keep coming; the latest revision replaces the earlier ones. Times are nanoseconds since the epoch.
    `evidence` is capped (the first and the latest ones); `count` is exact.
    """

    id: str
    rule: RuleRef
    entity: tuple[tuple[str, Scalar], ...]
    first: int
    last: int
    count: int
    fields: Fields
    evidence: tuple[Evidence, ...]
    why: Clause

    @property
    def severity(self) -> Severity:
        """The severity of its rule."""
        return self.rule.severity


class AlertState(StrEnum):
    """The life cycle of an alert."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"


class ClosingReason(StrEnum):
    """Why an alert was closed; mandatory."""

    TRUE_POSITIVE = "true_positive"
    BENIGN_POSITIVE = "benign_positive"
    FALSE_POSITIVE = "false_positive"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Triage:
    """What people made of an alert; `version` counts changes and guards against lost updates."""

    state: AlertState = AlertState.NEW
    reason: ClosingReason | None = None
    assignee: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change to an alert: when (ns), who, what (`state`, `assignee`, `comment`), from, to, and a note."""

    time: int
    actor: str
    what: str
    before: str
    after: str
    note: str = ""
