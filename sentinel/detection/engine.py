"""Detection: events in, findings out. It owns the compiled rules, the correlators and the open alerts."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sentinel.detection.absence import Waiting
from sentinel.detection.compile import KindMatcher, Matcher, compiled, compiled_kind
from sentinel.detection.correlate import Correlator, Match
from sentinel.detection.group import Group, Groups
from sentinel.detection.interpret import explain, foresee, known
from sentinel.detection.novelty import Novelty
from sentinel.detection.parameters import with_parameters
from sentinel.detection.rising import Rising
from sentinel.detection.rule import Blind, Correlation, CorrelationType, Overrides, Rule, RuleSet, prefixes, spoken
from sentinel.detection.sight import KINDS, Sight
from sentinel.detection.tree import asks
from sentinel.detection.views import TIME
from sentinel.model.alert import Alert, Clause
from sentinel.model.event import Event, Fields, Overlay

_LOG = logging.getLogger(__name__)
_MOST_KINDS = 4096


@dataclass(frozen=True, slots=True)
class Findings:
    """Alerts, one revision each, the events that they newly rest on (their frames are worth keeping), and what alerts make.

    The last are events of our own: a terminal's risk that rises.
    """

    alerts: tuple[Alert, ...] = ()
    proofs: tuple[Event, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(slots=True)
class Failure:
    """A rule that raised, which is our mistake: how often, and what it said first."""

    count: int
    message: str


@dataclass(frozen=True)
class _Plan:
    rule: Rule
    prefixes: frozenset[str] | None
    timed: bool  # whether it asks for the packet time

    @functools.cached_property
    def matcher(self) -> Matcher:
        """The function of this rule alone; of most it is never needed."""
        return compiled(self.rule.condition, self.rule.ref.slug)


@dataclass(frozen=True, slots=True)
class _Dispatch:
    """What is asked of events of one kind: most rules in one function, those that ask for the time one by one."""

    plans: tuple[_Plan, ...]
    together: KindMatcher
    timed: tuple[_Plan, ...]


def _dispatch(plans: Sequence[_Plan], kind: str, usual: Collection[str]) -> _Dispatch | None:
    if not plans:
        return None
    plain = tuple(plan for plan in plans if not plan.timed)
    together = compiled_kind([known(plan.rule.condition, kind) for plan in plain], kind, usual)
    return _Dispatch(plain, together, tuple(plan for plan in plans if plan.timed))


@dataclass(slots=True)
class _Program:
    """A compiled rule set."""

    rules: RuleSet
    plans: tuple[_Plan, ...]
    correlators: tuple[Correlator | Waiting, ...]
    meanings: Mapping[str, object]
    documents: Mapping[str, Rule | Correlation]
    novelties: Mapping[str, Novelty]
    waiting: tuple[Waiting, ...]
    begun: bool = False
    due: float = math.inf  # nothing that is waited for is late before this

    def plan(self) -> None:
        """Say anew when something is late."""
        self.due = min((one.next for one in self.waiting if one.next is not None), default=math.inf)

    dispatch: dict[str, _Dispatch | None] = field(default_factory=dict)
    concerns: dict[tuple[str, ...], tuple[Correlator | Waiting, ...]] = field(default_factory=dict)

    def concerned(self, matched: tuple[str, ...]) -> tuple[Correlator | Waiting, ...]:
        """The correlations, in their order, that may follow from matches of these documents, and from one another."""
        found = self.concerns.get(matched)
        if found is None:
            if len(self.concerns) >= _MOST_KINDS:
                self.concerns.clear()
            found = self.concerns[matched] = tuple(_following(matched, self.correlators))
        return found

    def learn(self, event: Event) -> _Dispatch | None:
        """The rules that events of this kind can match, if there are any; most will have the fields that this one has."""
        if len(self.dispatch) >= _MOST_KINDS:
            self.dispatch.clear()
        kind = event.kind
        prefix = kind.partition(".")[0]
        plans = [
            plan
            for plan in self.plans
            if (plan.prefixes is None or prefix in plan.prefixes) and foresee(plan.rule.condition, kind) is not False
        ]
        found = self.dispatch[kind] = _dispatch(plans, kind, frozenset(event.fields))
        return found


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compiled rule set that waits to be taken."""

    program: _Program
    parameters: Overrides


def _following(matched: Iterable[str], correlators: Iterable[Correlator | Waiting]) -> Iterator[Correlator | Waiting]:
    reached = set(matched)
    for correlator in correlators:
        if not correlator.members.isdisjoint(reached):
            reached.add(correlator.correlation.key)
            yield correlator


def _program(rules: RuleSet) -> _Program:
    plans = tuple(
        _Plan(
            rule,
            prefixes(rule.service) if rule.service else None,
            asks(rule.condition, TIME),
        )
        for rule in rules.rules
    )
    meanings: dict[str, object] = {rule.key: (rule.service, rule.condition, rule.first_seen) for rule in rules.rules}
    for one in rules.correlations:
        meanings[one.key] = (
            one.type, one.keys, one.group_by, one.timespan, one.threshold, one.values, one.percentile, one.positions,
            one.absence, one.first_seen, one.members, tuple(meanings[member] for member in one.members),
        )  # fmt: skip
    correlators = tuple(Waiting(one) if one.absence else Correlator(one) for one in rules.correlations)
    novelties = {one.key: Novelty(one.first_seen, one.ref.version) for one in rules.documents if one.first_seen}
    documents = {one.key: one for one in rules.documents}
    waiting = tuple(one for one in correlators if isinstance(one, Waiting))
    return _Program(rules, plans, correlators, meanings, documents, novelties, waiting)


def _seen(event: Event, *, timed: bool) -> Fields:
    """The fields of an event, with its time where a rule asks for that."""
    return Overlay(event.fields, {TIME: event.time / 1_000_000_000}) if timed else event.fields


class Detection:
    """A rule set at work; `parameters` are a site's thresholds by slug. Not for use from several threads at once."""

    def __init__(self, rules: RuleSet, parameters: Overrides | None = None) -> None:
        self._parameters = parameters or {}
        self._program = _program(with_parameters(rules, self._parameters))
        self._groups = Groups()
        self._sight = Sight()
        self._rising = Rising()
        self.errors: dict[str, Failure] = {}

    @property
    def rules(self) -> RuleSet:
        """The rules at work, with the site's parameters."""
        return self._program.rules

    def observe(self, events: Sequence[Event]) -> Findings:
        """What follows from these events; how they are batched does not change the final revision of any alert."""
        touched: dict[str, Group] = {}
        made: list[Event] = []
        program = self._program
        if events and not program.begun:
            self._begin(events[0].time)
        dispatch, waiting = program.dispatch, program.waiting
        for event in events:
            if waiting and event.time > program.due:
                self._pass(event.time, touched)
            if event.time >= self._rising.due:
                made += self._rise(event.time, touched)
            kind = event.kind
            asked = dispatch[kind] if kind in dispatch else program.learn(event)
            if kind in KINDS:
                self._sight.observe(event)
            if asked is not None:
                self._observe(event, asked, touched)
        proofs = {event.id: event for group in touched.values() for event in group.proofs()}
        return Findings(tuple(group.alert() for group in touched.values()), tuple(proofs.values()), tuple(made))

    def _rise(self, now: int, touched: dict[str, Group]) -> list[Event]:
        """What the hours that are over say of risk; it is judged as other events are."""
        made = list(self._rising.passed(now))
        for event in made:
            asked = self._program.learn(event)
            if asked is not None:
                self._observe(event, asked, touched)
        return made

    def _begin(self, time: int) -> None:
        self._program.begun = True
        for novelty in self._program.novelties.values():
            novelty.begin(time)

    def _pass(self, now: int, touched: dict[str, Group]) -> None:
        """What did not come by now, and what follows from that."""
        for waiting in self._program.waiting:
            due = waiting.next
            while due is not None and due < now:
                for match in waiting.passed(now):
                    matches = {waiting.correlation.key: match}
                    if self._matched(waiting.correlation, match, matches, touched):
                        self._correlate(match.event, matches, touched)
                due = waiting.next
        self._program.plan()

    def _observe(self, event: Event, asked: _Dispatch, touched: dict[str, Group]) -> None:
        fields = event.fields
        try:
            found = asked.together(fields, fields.get)
        except Exception:  # noqa: BLE001  # our mistake in one rule must not stop the others: ask them one by one
            matched = [plan.rule for plan in asked.plans if self._asked(plan, fields)]
        else:
            if not found and not asked.timed:
                return
            matched = [asked.plans[number].rule for number in found]
        if asked.timed:
            timed = _seen(event, timed=True)
            matched += [plan.rule for plan in asked.timed if self._asked(plan, timed)]
        if matched:
            self._conclude(event, matched, touched)

    def _asked(self, plan: _Plan, fields: Fields) -> bool:
        try:
            return plan.matcher(fields, fields.get)
        except Exception as error:  # noqa: BLE001  # as above
            self._failed(plan.rule, error)
            return False

    def _conclude(self, event: Event, matched: Iterable[Rule], touched: dict[str, Group]) -> None:
        matches: dict[str, Match] = {}
        match = Match(event)
        for rule in matched:
            self._matched(rule, match, matches, touched)
        if matches:
            self._correlate(event, matches, touched)

    def _correlate(self, event: Event, matches: dict[str, Match], touched: dict[str, Group]) -> None:
        """What the correlations make of these matches, those of correlations among them."""
        for correlator in self._program.concerned(tuple(matches)):
            if correlator.members.isdisjoint(matches):
                continue
            correlation = correlator.correlation
            try:
                found = correlator.observe(event, matches) or ()
            except Exception as error:  # noqa: BLE001  # as above
                self._failed(correlation, error)
                continue
            for match in found:
                self._matched(correlation, match, matches, touched)
            if correlation.absence and isinstance(correlator, Waiting):
                self._program.due = min(self._program.due, correlator.next or math.inf)

    def _matched(
        self, document: Rule | Correlation, match: Match, matches: dict[str, Match], touched: dict[str, Group]
    ) -> bool:
        """Note a match, unless it would have to be new and is not, and alert where the document does."""
        novelty = self._program.novelties.get(document.key) if document.first_seen else None
        if novelty is not None and not novelty.is_new(match):
            return False
        matches[document.key] = match
        if document.alerts:
            self._alert(document, match, matches, touched)
        return True

    def _alert(
        self, document: Rule | Correlation, match: Match, matches: Mapping[str, Match], touched: dict[str, Group]
    ) -> None:
        blind = document.blind is not Blind.CONFIRMED and self._sight.blind(document.planes, match.event.time)
        if blind and document.blind is Blind.SILENT:
            return
        try:
            group = self._groups.join(document, match, lambda: self._why(document, match, matches), confirmed=not blind)
        except Exception as error:  # noqa: BLE001  # as above
            self._failed(document, error)
            return
        touched[group.id] = group
        self._rising.note(document.ref, match.event)

    def _why(self, document: Rule | Correlation, match: Match, matches: Mapping[str, Match]) -> Clause:
        """The rule's condition as it held; for a correlation its number, and the members that the event matched."""
        if isinstance(document, Rule):
            fields = _seen(match.event, timed=asks(document.condition, TIME))
            return _new(document, explain(document.condition, fields), match)
        text = _told(document, match)
        members = [self._program.documents[key] for key in dict.fromkeys(document.members) if key in matches]
        children = tuple(
            Clause(one.name or one.ref.slug, True, children=(self._why(one, matches[one.key], matches),))
            for one in members
        )
        clause = Clause(text, True, document.values[0] if document.values else "", match.number, children)
        return _new(document, clause, match)

    def _failed(self, document: Rule | Correlation, error: Exception) -> None:
        failure = self.errors.get(document.key)
        if failure is not None:
            failure.count += 1
            return
        self.errors[document.key] = Failure(1, f"{type(error).__name__}: {error}")
        _LOG.error("rule %s failed", document.ref.slug, exc_info=error)

    def reload(self, rules: RuleSet, parameters: Overrides | None = None) -> None:
        """Take a new rule set, whole or not at all; rules whose meaning is unchanged keep what they remember."""
        self.take(self.prepare(rules, parameters))

    def prepare(self, rules: RuleSet, parameters: Overrides | None = None) -> Prepared:
        """Compile a rule set; it touches nothing that is at work, so that another thread may do it."""
        wanted = self._parameters if parameters is None else parameters
        program = _program(with_parameters(rules, wanted))
        for plan in program.plans:
            _ = plan.matcher  # what cannot be compiled is found now, while the set before is at work
        return Prepared(program, wanted)

    def take(self, prepared: Prepared) -> None:
        """Work with a set that was prepared, between two batches; rules of unchanged meaning keep what they remember."""
        new, old = prepared.program, self._program
        same = {key for key, meaning in new.meanings.items() if old.meanings.get(key) == meaning}
        before = {one.correlation.key: one for one in old.correlators}
        for correlator in new.correlators:
            if correlator.correlation.key in same:
                correlator.inherit(before[correlator.correlation.key])  # type: ignore[arg-type]  # the same meaning
        for key, novelty in new.novelties.items():
            if key in same:
                novelty.inherit(old.novelties[key])
        self._groups.keep(one.key for one in new.rules.alerting)
        new.plan()
        self._program, self._parameters = new, prepared.parameters

    def reset(self) -> None:
        """Forget everything observed."""
        self._groups.clear()
        self._sight.clear()
        self._rising.clear()
        for one in (*self._program.correlators, *self._program.novelties.values()):
            one.clear()
        self._program.begun = False
        self._program.plan()

    def state(self) -> dict[str, object]:
        """What it remembers, in JSON's terms."""
        return {
            "correlations": {one.correlation.key: one.dump() for one in self._program.correlators},
            "novelties": {key: one.dump() for key, one in self._program.novelties.items()},
            "alerts": self._groups.dump(),
            "opened": self._groups.opened(),
            "sight": self._sight.dump(),
            "rising": self._rising.dump(),
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Take back what `state` gave; what belongs to rules that changed since is left out."""
        saved = state.get("correlations")
        for correlator in self._program.correlators:
            found = saved.get(correlator.correlation.key) if isinstance(saved, dict) else None
            if found is not None:
                correlator.load(found)
        self._program.plan()
        novelties = state.get("novelties")
        for key, novelty in self._program.novelties.items():
            found = novelties.get(key) if isinstance(novelties, dict) else None
            if found is not None:
                novelty.load(found)
        self._sight.load(state.get("sight"))
        self._rising.load(state.get("rising"))
        self._groups.load(state.get("alerts"), {one.key: one for one in self.rules.alerting})
        self._groups.reopen(state.get("opened"))


def _told(document: Correlation, match: Match) -> str:
    """What of a correlation held, in a line."""
    within = f"within {spoken(document.timespan)}"
    if document.absence and document.type is CorrelationType.EVENT_COUNT:
        return f"nothing more {within}"
    if document.absence:
        return f"what should have followed did not {within}"
    wanted = f"{document.threshold} " if document.threshold.bounds else ""
    return f"{document.type} {wanted}{within}: {match.number:g}"


def _new(document: Rule | Correlation, clause: Clause, match: Match) -> Clause:
    """The clause, and what of the match was new, where it had to be."""
    if document.first_seen is None:
        return clause
    fields = match.event.fields
    values = [Clause(name, True, name, match.key.get(name, fields.get(name))) for name in document.first_seen.fields]
    news = Clause(f"first seen within {spoken(document.first_seen.within)}", True, children=tuple(values))
    return Clause("and", True, children=(clause, news))
