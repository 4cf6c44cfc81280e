"""Detection: events in, findings out. It owns the compiled rules, the correlators and the open alerts."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sentinel.detection.compile import Matcher, compiled
from sentinel.detection.correlate import Correlator, Match
from sentinel.detection.group import Group, Groups
from sentinel.detection.interpret import explain, foresee
from sentinel.detection.loader import Overrides, with_parameters
from sentinel.detection.rule import Correlation, Rule, RuleSet, prefixes, spoken
from sentinel.model.alert import Alert, Clause
from sentinel.model.event import Event

_LOG = logging.getLogger(__name__)
_MOST_KINDS = 4096


@dataclass(frozen=True, slots=True)
class Findings:
    """Alerts, one revision each, and the events that they newly rest on (their frames are worth keeping)."""

    alerts: tuple[Alert, ...] = ()
    proofs: tuple[Event, ...] = ()


@dataclass(slots=True)
class Failure:
    """A rule that raised, which is our mistake: how often, and what it said first."""

    count: int
    message: str


@dataclass(frozen=True, slots=True)
class _Plan:
    rule: Rule
    matcher: Matcher
    prefixes: frozenset[str] | None


@dataclass(slots=True)
class _Program:
    """A compiled rule set."""

    rules: RuleSet
    plans: tuple[_Plan, ...]
    correlators: tuple[Correlator, ...]
    meanings: Mapping[str, object]
    documents: Mapping[str, Rule | Correlation]
    dispatch: dict[str, tuple[_Plan, ...]] = field(default_factory=dict)

    def plans_for(self, kind: str) -> tuple[_Plan, ...]:
        """The rules that events of this kind can match."""
        found = self.dispatch.get(kind)
        if found is None:
            if len(self.dispatch) >= _MOST_KINDS:
                self.dispatch.clear()
            prefix = kind.partition(".")[0]
            found = self.dispatch[kind] = tuple(
                plan
                for plan in self.plans
                if (plan.prefixes is None or prefix in plan.prefixes)
                and foresee(plan.rule.condition, kind) is not False
            )
        return found


def _program(rules: RuleSet) -> _Program:
    plans = tuple(
        _Plan(rule, compiled(rule.condition, rule.ref.slug), prefixes(rule.service) if rule.service else None)
        for rule in rules.rules
    )
    meanings: dict[str, object] = {rule.key: (rule.service, rule.condition) for rule in rules.rules}
    for one in rules.correlations:
        meanings[one.key] = (
            one.type, one.keys, one.group_by, one.timespan, one.threshold, one.values, one.percentile,
            one.members, tuple(meanings[member] for member in one.members),
        )  # fmt: skip
    correlators = tuple(map(Correlator, rules.correlations))
    return _Program(rules, plans, correlators, meanings, {one.key: one for one in rules.documents})


class Detection:
    """A rule set at work; `parameters` are a site's thresholds by slug. Not for use from several threads at once."""

    def __init__(self, rules: RuleSet, parameters: Overrides | None = None) -> None:
        self._parameters = parameters or {}
        self._program = _program(with_parameters(rules, self._parameters))
        self._groups = Groups()
        self.errors: dict[str, Failure] = {}

    @property
    def rules(self) -> RuleSet:
        """The rules at work, with the site's parameters."""
        return self._program.rules

    def observe(self, events: Sequence[Event]) -> Findings:
        """What follows from these events; how they are batched does not change the final revision of any alert."""
        touched: dict[str, Group] = {}
        for event in events:
            plans = self._program.plans_for(event.kind)
            if plans:
                self._observe(event, plans, touched)
        proofs = {event.id: event for group in touched.values() for event in group.proofs()}
        return Findings(tuple(group.alert() for group in touched.values()), tuple(proofs.values()))

    def _observe(self, event: Event, plans: Iterable[_Plan], touched: dict[str, Group]) -> None:
        fields = event.fields
        get = fields.get
        matched: list[Rule] = []
        for plan in plans:
            try:
                if plan.matcher(fields, get):
                    matched.append(plan.rule)
            except Exception as error:  # noqa: BLE001  # our mistake in one rule must not stop the others
                self._failed(plan.rule, error)
        if matched:
            self._conclude(event, matched, touched)

    def _conclude(self, event: Event, matched: Iterable[Rule], touched: dict[str, Group]) -> None:
        matches: dict[str, Match] = {}
        for rule in matched:
            matches[rule.key] = match = Match(event)
            if rule.alerts:
                self._alert(rule, match, matches, touched)
        for correlator in self._program.correlators:
            if correlator.members.isdisjoint(matches):
                continue
            correlation = correlator.correlation
            try:
                found = correlator.observe(event, matches)
            except Exception as error:  # noqa: BLE001  # as above
                self._failed(correlation, error)
                continue
            for match in found:
                matches[correlation.key] = match
                if correlation.alerts:
                    self._alert(correlation, match, matches, touched)

    def _alert(
        self, document: Rule | Correlation, match: Match, matches: Mapping[str, Match], touched: dict[str, Group]
    ) -> None:
        try:
            group = self._groups.join(document, match, lambda: self._why(document, match, matches))
        except Exception as error:  # noqa: BLE001  # as above
            self._failed(document, error)
            return
        touched[group.id] = group

    def _why(self, document: Rule | Correlation, match: Match, matches: Mapping[str, Match]) -> Clause:
        """The rule's condition as it held; for a correlation its number, and the members that the event matched."""
        if isinstance(document, Rule):
            return explain(document.condition, match.event.fields)
        wanted = f"{document.threshold} " if document.threshold.bounds else ""
        text = f"{document.type} {wanted}within {spoken(document.timespan)}: {match.number:g}"
        members = [self._program.documents[key] for key in dict.fromkeys(document.members) if key in matches]
        children = tuple(
            Clause(one.name or one.ref.slug, True, children=(self._why(one, matches[one.key], matches),))
            for one in members
        )
        return Clause(text, True, document.values[0] if document.values else "", match.number, children)

    def _failed(self, document: Rule | Correlation, error: Exception) -> None:
        failure = self.errors.get(document.key)
        if failure is not None:
            failure.count += 1
            return
        self.errors[document.key] = Failure(1, f"{type(error).__name__}: {error}")
        _LOG.error("rule %s failed", document.ref.slug, exc_info=error)

    def reload(self, rules: RuleSet, parameters: Overrides | None = None) -> None:
        """Take a new rule set, whole or not at all; rules whose meaning is unchanged keep what they remember."""
        wanted = self._parameters if parameters is None else parameters
        new, old = _program(with_parameters(rules, wanted)), self._program
        known = {one.correlation.key: one for one in old.correlators}
        for correlator in new.correlators:
            key = correlator.correlation.key
            if key in known and old.meanings[key] == new.meanings[key]:
                correlator.inherit(known[key])
        self._groups.keep(one.key for one in rules.alerting)
        self._program, self._parameters = new, wanted

    def reset(self) -> None:
        """Forget everything observed."""
        self._groups.clear()
        for correlator in self._program.correlators:
            correlator.clear()

    def state(self) -> dict[str, object]:
        """What it remembers, in JSON's terms."""
        return {
            "correlations": {one.correlation.key: one.dump() for one in self._program.correlators},
            "alerts": self._groups.dump(),
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Take back what `state` gave; what belongs to rules that changed since is left out."""
        saved = state.get("correlations")
        for correlator in self._program.correlators:
            found = saved.get(correlator.correlation.key) if isinstance(saved, dict) else None
            if found is not None:
                correlator.load(found)
        self._groups.load(state.get("alerts"), {one.key: one for one in self.rules.alerting})
