"""Reads a directory of Sigma files into a `RuleSet`: whole, or not at all with every mistake named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sentinel.detection.about import About, about
from sentinel.detection.attributes import absence, first_seen, misplaced, suppression
from sentinel.detection.draft import Draft, Language, detection, service
from sentinel.detection.parameters import by_place, declared, values_of
from sentinel.detection.predicates import Compare
from sentinel.detection.rule import (
    Correlation,
    CorrelationType,
    Overrides,
    Parameter,
    Rule,
    RuleSet,
    RuleSetError,
    Suppression,
    Threshold,
)
from sentinel.detection.schema import Problems, slug_problem
from sentinel.detection.source import Located, documents
from sentinel.detection.together import Together, together
from sentinel.detection.tree import And, Leaf, Named, Node, Not
from sentinel.detection.views import TIME, View
from sentinel.errors import RuleError
from sentinel.model.event import Scalar
from sentinel.model.fields import FieldSpec, FieldType

NEVER = 2**63 - 1
SUFFIXES = frozenset({".yml", ".yaml"})
Placeholders = Mapping[str, Sequence[Scalar]]
_TIME = FieldSpec(FieldType.DOUBLE, "packet time, seconds since the epoch", "报文时间（自纪元起的秒数）")


def load(directory: Path, catalogue: Mapping[str, FieldSpec], placeholders: Placeholders | None = None) -> RuleSet:
    """Every rule file under `directory`; raises `RuleSetError` with all mistakes."""
    if not directory.is_dir():
        raise RuleSetError([RuleError("no such directory of rules", directory)])
    return load_files({path: path.read_bytes() for path in rule_files(directory)}, catalogue, placeholders)


def rule_files(directory: Path) -> list[Path]:
    """The files of a folder that hold rules, in order."""
    return sorted(path for path in directory.rglob("*") if path.suffix in SUFFIXES and path.is_file())


def load_files(
    files: Mapping[Path, bytes],
    catalogue: Mapping[str, FieldSpec],
    placeholders: Placeholders | None = None,
    parameters: Overrides | None = None,
) -> RuleSet:
    """The same, of files already read; `parameters` are what a site gives to placeholders, as `with_parameters` does."""
    loading = _Loading(Language({**catalogue, TIME: _TIME}, placeholders or {}), parameters or {})
    for path in sorted(files):
        loading.add(path, files[path])
    return replace(loading.rule_set(), again=lambda values: load_files(files, catalogue, placeholders, values))


def load_sigma(files: Mapping[Path, bytes], placeholders: Placeholders | None = None) -> RuleSet:
    """Sigma rules of any product, such as SigmaHQ's: whatever the specification allows; raises `RuleSetError`.

    They have any fields, and nothing of what we ask of a rule besides: to convert, to compare, to hunt for once.
    """
    loading = _Loading(Language({}, placeholders or {}, foreign=True), {})
    for path in sorted(files):
        loading.add(path, files[path])
    return loading.rule_set()


@dataclass(slots=True)
class _Loading:
    """A set while it is read."""

    language: Language
    given: Overrides
    problems: list[Problems] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    known: dict[str, Draft] = field(default_factory=dict)
    parameters: dict[str, dict[str, Parameter]] = field(default_factory=dict)
    suppressions: list[Suppression] = field(default_factory=list)

    def add(self, path: Path, data: bytes) -> None:
        """Read the documents of a file."""
        problems = Problems(path)
        self.problems.append(problems)
        foreign = self.language.foreign
        slug = path.stem
        if not foreign and (wrong := slug_problem(slug)):
            problems.add(wrong, None)
        if slug in self.versions and not foreign:
            problems.add(f"another file has the name `{slug}` too", None)
        self.versions[slug] = hashlib.sha256(data).hexdigest()[:12]
        try:
            nodes = list(documents(path, data, lenient=foreign))
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
        misplaced(draft)
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
        self.parameters = declared(self.drafts)
        rules = {one.key: self._rule(one, silent) for one in self._of("detection")}
        correlations = {one.key: self._correlation(one, silent) for one in self._of("correlation")}
        for one in self._of("filter"):
            self._filter(one, rules)
        ordered = self._ordered({key: found for key, found in correlations.items() if found})
        errors = [error for problems in self.problems for error in problems.errors]
        if errors:
            unique = {str(error): error for error in errors}  # inherited attributes may be noted more than once
            raise RuleSetError(sorted(unique.values(), key=lambda error: (str(error.path), error.line or 0)))
        plain = tuple(found for found in rules.values() if found)
        return RuleSet(
            plain, ordered, self.versions, tuple(self.suppressions), by_place((*plain, *ordered), self.parameters)
        )

    def _placeholders(self, draft: Draft) -> Language:
        """The language of one file, with its parameters."""
        mine = values_of(self.parameters.get(draft.slug, {}), self.given.get(draft.slug, {}))
        return replace(self.language, placeholders={**self.language.placeholders, **mine}) if mine else self.language

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
        asked = alerts and not self.language.foreign
        return about(draft, siblings, self.versions[draft.slug], self.language, alerts=asked)

    def _rule(self, draft: Draft, silent: frozenset[str]) -> Rule | None:
        alerts = draft.key not in silent
        said = self._about(draft, alerts=alerts)
        covered = service(draft, self.language)
        tree = detection(draft, self._placeholders(draft))
        new = first_seen(draft, self.language)
        if tree is None:
            return None
        return Rule(
            draft.key, draft.name, covered, tree, alerts, said.ref, said.entity, said.window,
            said.planes, said.fields, draft.problems.path, draft.node.line, new,
            said.blind, said.flood, said.unseen, said.unseen_zh,
        )  # fmt: skip

    def _correlation(self, draft: Draft, silent: frozenset[str]) -> Correlation | None:
        alerts = draft.key not in silent
        said = self._about(draft, alerts=alerts)
        whole = together(draft, self.language)
        new = first_seen(draft, self.language)
        members = self._members(draft, silent)
        if whole is None or not members:
            return None
        missed = absence(draft, whole.type)
        places = [place for place, _ in members]
        if whole.type is CorrelationType.TEMPORAL_ORDERED and max(places) < 1:
            line = draft.node.line_at("correlation", "rules")
            draft.problems.add("`temporal_ordered` needs at least two rules", line)
        if whole.type is CorrelationType.TEMPORAL:  # which of them came, however often each is named
            names = [str(one.value) for one in draft.references()]
            places = [names.index(names[place]) for place in places]
        threshold = whole.threshold
        if whole.type is CorrelationType.TEMPORAL and not threshold.bounds:
            threshold = Threshold((("gte", len(set(places))),))
        keys = tuple(self._key(draft, whole, one) for _, one in members)
        return Correlation(
            draft.key, draft.name, whole.type, tuple(one.key for _, one in members), whole.group_by, keys,
            whole.timespan, threshold, alerts, said.ref, said.entity or whole.group_by, said.window,
            whole.values, whole.percentile, said.planes, said.fields, draft.problems.path, draft.node.line, new,
            said.blind, said.flood, said.unseen, said.unseen_zh, tuple(places), missed,
        )  # fmt: skip

    def _members(self, draft: Draft, silent: frozenset[str]) -> list[tuple[int, Draft]]:
        """The documents that a correlation is of, each with which of the references it stands for."""
        references = draft.references()
        if not references:
            draft.problems.add("expected at least one rule in `rules`", draft.node.line_at("correlation", "rules"))
        found: list[tuple[int, Draft]] = []
        for place, reference in enumerate(references):
            meant = self._of_slug(draft, str(reference.value), silent)
            if not meant:
                one = self._referred(draft, reference, ("detection", "correlation"))
                meant = [one] if one is not None else []
            found += [(place, one) for one in meant]
        return found if len({place for place, _ in found}) == len(references) else []

    def _of_slug(self, draft: Draft, name: str, silent: frozenset[str]) -> list[Draft]:
        """What alerts under another file's slug, all of which its name stands for."""
        if name in self.known or name == draft.slug:
            return []
        return [one for one in self.drafts if one.slug == name and one.kind != "filter" and one.key not in silent]

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
            found = alias.get(member.name) or alias.get(member.identifier) or alias.get(member.slug)
            if found is None:
                line = draft.node.line_at("correlation", "aliases", name)
                draft.problems.add(f"alias `{name}` names no field for rule `{member.name or member.key}`", line)
            fields.append(found or name)
        return tuple(fields)

    def _filter(self, draft: Draft, rules: dict[str, Rule | None]) -> None:
        """Take what a filter matches out of the rules it names; `any` is all of its service."""
        covered = service(draft, self.language)
        tree = detection(draft, self._placeholders(draft), "filter", ("rules",))
        if not draft.references():
            draft.problems.add("expected `rules` in `filter`", draft.node.line_at("filter", "rules"))
        suppressed: list[str] = []
        until = NEVER if self.language.foreign else suppression(draft, ()).expires
        for key, line in self._filtered(draft, covered, rules):
            rule = rules.get(key)
            if rule is None or tree is None:
                continue
            if covered and rule.service != covered:
                draft.problems.add(f"the filter is for `{covered}`, rule `{rule.ref.slug}` is not", line)
            rules[key] = replace(rule, condition=_without(rule.condition, draft, tree, until))
            suppressed.append(rule.ref.slug)
        if not self.language.foreign:
            self.suppressions.append(suppression(draft, tuple(sorted(set(suppressed)))))

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


def _without(condition: Node, draft: Draft, unwanted: Node, until: int) -> Node:
    """The condition, but for what a filter takes out of it before it expires, by packet time."""
    title = str(draft.body["title"].plain()) if "title" in draft.body else draft.slug
    seconds = until // 1_000_000_000
    valid = Leaf(TIME, View.NUMBER, Compare("<", seconds), f"{TIME} < {seconds}")
    return And((condition, Not(Named(f"filter: {title}", And((unwanted, valid))))))
