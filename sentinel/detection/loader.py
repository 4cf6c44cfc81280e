"""Reads a directory of Sigma files into a `RuleSet`: whole, or not at all with every mistake named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sentinel.detection.about import About, about
from sentinel.detection.draft import Draft, Language, detection, service
from sentinel.detection.rule import Correlation, CorrelationType, Rule, RuleSet, RuleSetError, Threshold
from sentinel.detection.schema import Problems, slug_problem, timespan
from sentinel.detection.source import Located, documents
from sentinel.detection.together import Together, together
from sentinel.detection.tree import And, Named, Node, Not
from sentinel.errors import RuleError
from sentinel.model.event import Value
from sentinel.model.fields import FieldSpec

PARAMETERS = ("gte", "timespan")
SUFFIXES = frozenset({".yml", ".yaml"})

Overrides = Mapping[str, Mapping[str, Value]]
"""Per slug, the values a site gives to `gte` and `timespan`."""


def load(
    directory: Path, catalogue: Mapping[str, FieldSpec], placeholders: Mapping[str, Sequence[str]] | None = None
) -> RuleSet:
    """Every rule file under `directory`; raises `RuleSetError` with all mistakes."""
    if not directory.is_dir():
        raise RuleSetError([RuleError("no such directory of rules", directory)])
    paths = sorted(path for path in directory.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return load_files({path: path.read_bytes() for path in paths}, catalogue, placeholders)


def load_files(
    files: Mapping[Path, bytes],
    catalogue: Mapping[str, FieldSpec],
    placeholders: Mapping[str, Sequence[str]] | None = None,
) -> RuleSet:
    """The same, of files already read."""
    loading = _Loading(Language(catalogue, placeholders or {}))
    for path in sorted(files):
        loading.add(path, files[path])
    return loading.rule_set()


def with_parameters(rules: RuleSet, parameters: Overrides) -> RuleSet:
    """The set with a site's thresholds; raises `RuleSetError` for a slug or value that cannot be.

    `gte` applies to every correlation of the file whose condition has one, `timespan` to those that alert.
    """
    errors: list[RuleError] = []
    for slug, values in parameters.items():
        if not any(one.ref.slug == slug for one in rules.correlations):
            errors.append(RuleError(f"no correlation has the slug `{slug}`", "parameters"))
        for name, value in values.items():
            if name not in PARAMETERS:
                errors.append(
                    RuleError(f"unknown parameter `{name}` of `{slug}`, expected `gte` or `timespan`", "parameters")
                )
            elif not _fits(name, value):
                errors.append(RuleError(f"`{value}` is no value of `{name}` of `{slug}`", "parameters"))
    if errors:
        raise RuleSetError(errors)
    return replace(
        rules, correlations=tuple(_adjusted(one, parameters.get(one.ref.slug, {})) for one in rules.correlations)
    )


def _fits(name: str, value: Value) -> bool:
    if name == "timespan":
        return timespan(str(value)) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _adjusted(one: Correlation, values: Mapping[str, Value]) -> Correlation:
    span = timespan(str(values["timespan"])) if "timespan" in values and one.alerts else None
    bound = values.get("gte")
    if isinstance(bound, (int, float)):
        bounds = tuple((name, bound if name == "gte" else old) for name, old in one.threshold.bounds)
        one = replace(one, threshold=Threshold(bounds))
    return replace(one, timespan=span) if span else one


@dataclass(slots=True)
class _Loading:
    """A set while it is read."""

    language: Language
    problems: list[Problems] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    known: dict[str, Draft] = field(default_factory=dict)

    def add(self, path: Path, data: bytes) -> None:
        """Read the documents of a file."""
        problems = Problems(path)
        self.problems.append(problems)
        slug = path.stem
        if wrong := slug_problem(slug):
            problems.add(wrong, None)
        if slug in self.versions:
            problems.add(f"another file has the name `{slug}` too", None)
        self.versions[slug] = hashlib.sha256(data).hexdigest()[:12]
        try:
            nodes = list(documents(path, data))
        except RuleError as error:
            problems.errors.append(error)
            return
        if not nodes:
            problems.add("the file holds no document", None)
        for number, node in enumerate(nodes):
            if isinstance(node.value, dict):
                self._take(Draft(slug, number, node, problems))
            else:
                problems.add("expected a mapping as document", node.line)

    def _take(self, draft: Draft) -> None:
        draft.check(self.language)
        self.drafts.append(draft)
        for name, what in ((draft.identifier, "id"), (draft.name, "name")):
            if not name:
                continue
            other = self.known.setdefault(name, draft)
            if other is not draft:
                place = f"{other.problems.path.name}:{other.node.line}"
                draft.problems.add(f"{what} `{name}` is taken by {place}", draft.body[what].line)

    def rule_set(self) -> RuleSet:
        """The set, once all documents are there; raises `RuleSetError`."""
        silent = self._silent()
        rules = {one.key: self._rule(one, silent) for one in self._of("detection")}
        correlations = {one.key: self._correlation(one, silent) for one in self._of("correlation")}
        for one in self._of("filter"):
            self._filter(one, rules)
        ordered = self._ordered({key: found for key, found in correlations.items() if found})
        errors = [error for problems in self.problems for error in problems.errors]
        if errors:
            unique = {str(error): error for error in errors}  # inherited attributes may be noted more than once
            raise RuleSetError(sorted(unique.values(), key=lambda error: (str(error.path), error.line or 0)))
        return RuleSet(tuple(found for found in rules.values() if found), ordered, self.versions)

    def _of(self, kind: str) -> list[Draft]:
        return [one for one in self.drafts if one.kind == kind]

    def _find(self, reference: Located) -> Draft | None:
        name = str(reference.value)
        return self.known.get(name) or self.known.get(name.lower())  # an id in any case

    def _silent(self) -> frozenset[str]:
        """Keys of documents that do not alert themselves: a correlation names them, and none says `generate`."""
        named: dict[str, bool] = {}
        for one in self._of("correlation"):
            for reference in one.references():
                found = self._find(reference)
                if found is not None:
                    named[found.key] = named.get(found.key, False) or one.generates
        return frozenset(key for key, generated in named.items() if not generated)

    def _about(self, draft: Draft, *, alerts: bool) -> About:
        siblings = [one for one in self.drafts if one.slug == draft.slug and one.kind != "filter"]
        return about(draft, siblings, self.versions[draft.slug], self.language, alerts=alerts)

    def _rule(self, draft: Draft, silent: frozenset[str]) -> Rule | None:
        alerts = draft.key not in silent
        said = self._about(draft, alerts=alerts)
        covered = service(draft)
        tree = detection(draft, self.language)
        if "parameters" in draft.own:
            self._parameters(draft)
        if tree is None:
            return None
        return Rule(
            draft.key, draft.name, covered, tree, alerts, said.ref, said.entity, said.window,
            said.planes, said.fields, draft.problems.path, draft.node.line,
        )  # fmt: skip

    @staticmethod
    def _parameters(draft: Draft) -> None:
        node = draft.own["parameters"]
        draft.problems.mapping(node, "`sentinel.parameters`", node.line)
        draft.problems.known_keys(node, PARAMETERS, "`sentinel.parameters`")

    def _correlation(self, draft: Draft, silent: frozenset[str]) -> Correlation | None:
        alerts = draft.key not in silent
        said = self._about(draft, alerts=alerts)
        whole = together(draft, self.language)
        if "parameters" in draft.own:
            self._parameters(draft)
        members = self._members(draft)
        if whole is None or not members:
            return None
        if whole.type is CorrelationType.TEMPORAL_ORDERED and len(members) < 2:
            line = draft.node.line_at("correlation", "rules")
            draft.problems.add("`temporal_ordered` needs at least two rules", line)
        threshold = whole.threshold
        if whole.type is CorrelationType.TEMPORAL and not threshold.bounds:
            threshold = Threshold((("gte", len({one.key for one in members})),))
        keys = tuple(self._key(draft, whole, one) for one in members)
        return Correlation(
            draft.key, draft.name, whole.type, tuple(one.key for one in members), whole.group_by, keys,
            whole.timespan, threshold, alerts, said.ref, said.entity or whole.group_by, said.window,
            whole.values, whole.percentile, said.planes, said.fields, draft.problems.path, draft.node.line,
        )  # fmt: skip

    def _members(self, draft: Draft) -> list[Draft]:
        references = draft.references()
        if not references:
            draft.problems.add("expected at least one rule in `rules`", draft.node.line_at("correlation", "rules"))
        found = [self._referred(draft, reference, ("detection", "correlation")) for reference in references]
        return [one for one in found if one is not None] if all(found) else []

    def _referred(self, draft: Draft, reference: Located, kinds: Iterable[str]) -> Draft | None:
        found = self._find(reference)
        if found is None or found.kind not in kinds or found is draft:
            draft.problems.add(f"unknown rule `{reference.plain()}`, expected the name or id of one", reference.line)
            return None
        return found

    @staticmethod
    def _key(draft: Draft, whole: Together, member: Draft) -> tuple[str, ...]:
        """The fields that `group-by` means in events of `member`."""
        fields = []
        for name in whole.group_by:
            alias = whole.aliases.get(name)
            if alias is None:
                fields.append(name)
                continue
            found = alias.get(member.name) or alias.get(member.identifier)
            if found is None:
                line = draft.node.line_at("correlation", "aliases", name)
                draft.problems.add(f"alias `{name}` names no field for rule `{member.name or member.key}`", line)
            fields.append(found or name)
        return tuple(fields)

    def _filter(self, draft: Draft, rules: dict[str, Rule | None]) -> None:
        """Take what a filter matches out of the rules it names; `any` is all of its service."""
        covered = service(draft)
        tree = detection(draft, self.language, "filter", ("rules",))
        if not draft.references():
            draft.problems.add("expected `rules` in `filter`", draft.node.line_at("filter", "rules"))
        for key, line in self._filtered(draft, covered, rules):
            rule = rules.get(key)
            if rule is None or tree is None:
                continue
            if covered and rule.service != covered:
                draft.problems.add(f"the filter is for `{covered}`, rule `{rule.ref.slug}` is not", line)
            rules[key] = replace(rule, condition=_without(rule.condition, str(draft.body["title"].plain()), tree))

    def _filtered(self, draft: Draft, covered: str, rules: Mapping[str, Rule | None]) -> list[tuple[str, int]]:
        """The keys of the rules that a filter names, each with the line that names it."""
        references = draft.references()
        if [one.value for one in references] == ["any"]:
            line = references[0].line
            return [(key, line) for key, rule in rules.items() if rule and (not covered or rule.service == covered)]
        found = [(self._referred(draft, one, ("detection",)), one.line) for one in references]
        return [(one.key, line) for one, line in found if one is not None]

    def _ordered(self, found: dict[str, Correlation]) -> tuple[Correlation, ...]:
        """Correlations after those they build on; a ring is a mistake."""
        ordered: dict[str, Correlation] = {}
        waiting = dict(found)
        while waiting:
            ready = [key for key, one in waiting.items() if not any(member in waiting for member in one.members)]
            if not ready:
                draft = next(one for one in self.drafts if one.key in waiting)
                line = draft.node.line_at("correlation", "rules")
                draft.problems.add("the correlation builds on itself", line)
                break
            ordered.update((key, waiting.pop(key)) for key in ready)
        return tuple(ordered.values())


def _without(condition: Node, title: str, unwanted: Node) -> Node:
    return And((condition, Not(Named(f"filter: {title}", unwanted))))
