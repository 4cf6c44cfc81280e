"""Detection rules, correlations and the set they form, as they are after loading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from sentinel.detection.predicates import COMPARE, OPERATORS
from sentinel.detection.tree import Node
from sentinel.errors import RuleError, SentinelError
from sentinel.model.alert import RuleRef
from sentinel.model.event import Scalar, Value

SECOND = 1_000_000_000
DEFAULT_WINDOW = 3600 * SECOND
FLOOD = 100  # so many entities of a rule have alerts of their own within its window

Overrides = Mapping[str, Mapping[str, Value | Sequence[Scalar]]]
"""Per slug, the values that a site gives to parameters."""


def spoken(span: int) -> str:
    """A timespan as a rule writes it: `90s`, `10m`, `1h`, `2d`."""
    seconds = span // SECOND
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


class RuleSetError(SentinelError):
    """A rule set does not load; `errors` has every mistake found, in order of file and line."""

    def __init__(self, errors: Sequence[RuleError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = tuple(errors)


SERVICES: Mapping[str, frozenset[str]] = {
    "ngap": frozenset({"ngap", "sctp"}),
    "nas": frozenset({"nas"}),
    "sbi": frozenset({"sbi"}),
    "pfcp": frozenset({"pfcp"}),
    "gtpu": frozenset({"gtpu", "flow"}),
    "gtpc": frozenset({"gtpc"}),
    "diameter": frozenset({"diameter"}),
    "ot": frozenset(
        {"ot", "modbus", "s7comm", "s7comm_plus", "iec104", "dnp3", "enip", "cip", "opcua", "mqtt", "profinet", "goose"}
    ),
    "access": frozenset({"access"}),
}
"""Sigma's `logsource.service` and the event kinds' prefixes it stands for; a prefix is a service of its own too."""


def prefixes(service: str) -> frozenset[str]:
    """The prefixes of the kinds that a service covers."""
    return SERVICES.get(service, frozenset()) | {service}


class CorrelationType(StrEnum):
    """Sigma's correlation types."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_PERCENTILE = "value_percentile"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A correlation's condition: every bound must hold."""

    bounds: tuple[tuple[str, int | float], ...]

    def holds(self, number: float) -> bool:
        """Whether a count or aggregate satisfies it."""
        return all(COMPARE[OPERATORS[name]](number, bound) for name, bound in self.bounds)

    @property
    def highest(self) -> int:
        """The greatest bound: counting much further than this cannot change an answer."""
        return max((int(bound) for _, bound in self.bounds), default=0)

    def __str__(self) -> str:
        return " and ".join(f"{OPERATORS[name]} {bound}" for name, bound in self.bounds)


class Blind(StrEnum):
    """What becomes of a rule's alerts while the mirror is blind (`sentinel.blind`)."""

    CONFIRMED = "confirmed"  # as ever: what was seen was seen
    UNCONFIRMED = "unconfirmed"  # told, with low confidence
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """Only what is new matches (`sentinel.first_seen`): a combination of `fields` not seen for as long as `within`.

    What comes while it is learning is new to nobody. Learning starts with the first event of all or, where `per` names
    fields, with the first match of each of their values.
    """

    fields: tuple[str, ...]
    per: tuple[str, ...] = ()
    learning: int = 600 * SECOND
    within: int = 30 * 86400 * SECOND


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a site may set for a rule: a number, a timespan or a list, and between which bounds."""

    name: str
    default: Scalar | tuple[Scalar, ...]
    timespan: bool = False
    minimum: float | None = None
    maximum: float | None = None
    en: str = ""
    zh: str = ""
    declared: bool = False  # a placeholder of the detection; otherwise it has its place of its own


@dataclass(frozen=True, slots=True)
class Suppression:
    """A filter at work: why, whose it is, and until when (ns)."""

    title: str
    reason: str
    owner: str
    expires: int
    rules: tuple[str, ...]
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A detection: which events match. `alerts` is false where only correlations use it."""

    key: str
    name: str
    service: str
    condition: Node
    alerts: bool
    ref: RuleRef
    entity: tuple[str, ...]
    window: int
    planes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    path: Path = Path()
    line: int = 1
    first_seen: FirstSeen | None = None
    blind: Blind = Blind.CONFIRMED
    flood: int = FLOOD
    unseen: str = ""
    unseen_zh: str = ""


@dataclass(frozen=True, slots=True)
class Correlation:
    """What must come together: `keys` has, for each of `members` in order, the fields that `group_by` names.

    Several members may stand at one position (a reference to a whole file of rules): `positions` has it for each.
    """

    key: str
    name: str
    type: CorrelationType
    members: tuple[str, ...]
    group_by: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    timespan: int
    threshold: Threshold
    alerts: bool
    ref: RuleRef
    entity: tuple[str, ...]
    window: int
    values: tuple[str, ...] = ()
    percentile: float = 0.0
    planes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    path: Path = Path()
    line: int = 1
    first_seen: FirstSeen | None = None
    blind: Blind = Blind.CONFIRMED
    flood: int = FLOOD
    unseen: str = ""
    unseen_zh: str = ""
    places: tuple[int, ...] = ()
    absence: bool = False

    @property
    def positions(self) -> tuple[int, ...]:
        """For each member, which of the references it stands for."""
        return self.places or tuple(range(len(self.members)))

    @property
    def length(self) -> int:
        """How many references there are."""
        return max(self.positions) + 1


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A whole set: rules in order of file, correlations in an order in which members come first."""

    rules: tuple[Rule, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    parameters: Mapping[str, Mapping[str, Parameter]] = field(default_factory=dict)
    digest: str = field(default="", compare=False)  # SM3 over the files it was read from, where those are of a folder
    again: Callable[[Overrides], RuleSet] | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        """As people count rules: the slugs that can alert."""
        return len(self.slugs)

    @property
    def documents(self) -> tuple[Rule | Correlation, ...]:
        """Every document, members before the correlations that build on them."""
        return (*self.rules, *self.correlations)

    @property
    def alerting(self) -> tuple[Rule | Correlation, ...]:
        """The documents that alert, by slug."""
        return tuple(sorted((one for one in self.documents if one.alerts), key=lambda one: (one.ref.slug, one.line)))

    @property
    def slugs(self) -> tuple[str, ...]:
        """The slugs that can alert."""
        return tuple(sorted({one.ref.slug for one in self.documents if one.alerts}))

    def only(self, *slugs: str) -> RuleSet:
        """The part that is needed for alerts of these slugs; of all, where none is named."""
        if not slugs:
            return self
        wanted = {one.key for one in self.documents if one.ref.slug in slugs}
        for correlation in reversed(self.correlations):
            if correlation.key in wanted:
                wanted.update(correlation.members)

        again = self.again

        def mine(one: Rule | Correlation) -> bool:
            return one.alerts and one.ref.slug in slugs

        return RuleSet(
            tuple(replace(one, alerts=mine(one)) for one in self.rules if one.key in wanted),
            tuple(replace(one, alerts=mine(one)) for one in self.correlations if one.key in wanted),
            {slug: self.versions[slug] for slug in slugs},
            parameters={slug: self.parameters.get(slug, {}) for slug in slugs},
            again=(lambda values: again(values).only(*slugs)) if again else None,
        )
