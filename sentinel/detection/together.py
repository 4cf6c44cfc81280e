"""The `correlation` part of a document: what must come together, its rules still by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sentinel.detection.draft import Draft, Language
from sentinel.detection.predicates import OPERATORS
from sentinel.detection.rule import CorrelationType, Threshold
from sentinel.detection.schema import Problems, quoted
from sentinel.detection.source import Located

_KEYS = ("type", "rules", "group-by", "timespan", "condition", "aliases", "generate")
_WITH_FIELD = ("value_count", "value_sum", "value_avg", "value_percentile")


@dataclass(frozen=True, slots=True)
class Together:
    """The `correlation` part of a document, its rules still by name."""

    type: CorrelationType
    group_by: tuple[str, ...]
    aliases: Mapping[str, Mapping[str, str]]
    timespan: int
    threshold: Threshold
    values: tuple[str, ...]
    percentile: float


def together(draft: Draft, language: Language) -> Together | None:
    """The correlation part, if it has no mistake that keeps it from being read."""
    problems, node = draft.problems, draft.body["correlation"]
    body = problems.mapping(node, "`correlation`", draft.node.line)
    problems.known_keys(node, _KEYS, "`correlation`")
    for name in ("type", "rules", "timespan"):
        if name not in body:
            problems.add(f"`{name}` is missing in `correlation`", draft.node.line_at("correlation"))
    kind = problems.choice(body["type"], CorrelationType, "correlation type") if "type" in body else None
    if kind is None or "timespan" not in body:
        return None
    aliases = _aliases(draft, body.get("aliases"), language)
    group_by = _group_by(draft, body["group-by"], aliases, language) if "group-by" in body else ()
    threshold, values, percentile = _condition(draft, kind, body, language)
    span = problems.timespan(body["timespan"], "timespan")
    return Together(kind, group_by, aliases, span, threshold, values, percentile)


def _group_by(draft: Draft, node: Located, aliases: Mapping[str, object], language: Language) -> tuple[str, ...]:
    """The names to group by, each an alias or a field."""
    return tuple(
        str(one.value) if str(one.value) in aliases else draft.field(one, "`group-by`", language) for one in node.items
    )


def _aliases(draft: Draft, node: Located | None, language: Language) -> dict[str, dict[str, str]]:
    aliases: dict[str, dict[str, str]] = {}
    if node is None:
        return aliases
    problems = draft.problems
    for name, rules in problems.mapping(node, "`aliases`", node.line).items():
        fields = problems.mapping(rules, f"alias `{name}`", rules.line)
        aliases[name] = {rule: draft.field(one, "field", language) for rule, one in fields.items()}
    return aliases


def _condition(
    draft: Draft, kind: CorrelationType, body: Mapping[str, Located], language: Language
) -> tuple[Threshold, tuple[str, ...], float]:
    problems, node = draft.problems, body.get("condition")
    temporal = kind in (CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED)
    if node is None:
        if not temporal:
            problems.add(f"`condition` is missing, `{kind}` needs one", draft.node.line_at("correlation"))
        return Threshold(()), (), 0.0
    if not isinstance(node.value, dict):
        problems.add(f"`{kind}` takes a mapping such as `gte: 3`", node.line)
        return Threshold(()), (), 0.0
    with_field = kind.value in _WITH_FIELD
    percentile = kind is CorrelationType.VALUE_PERCENTILE
    known = (*OPERATORS, *(["field"] if with_field else []), *(["percentile"] if percentile else []))
    problems.known_keys(node, known, "the condition")
    bounds = tuple((name, _number(problems, node.value[name])) for name in OPERATORS if name in node.value)
    if not bounds:
        line = draft.node.line_at("correlation", "condition")
        problems.add(f"expected at least one of {quoted(OPERATORS)} in the condition", line)
    values = _value_fields(draft, kind, node.value, language) if with_field else ()
    share = _percentile(problems, node) if percentile else 0.0
    return Threshold(bounds), values, share


def _value_fields(
    draft: Draft, kind: CorrelationType, condition: Mapping[str, Located], language: Language
) -> tuple[str, ...]:
    if "field" not in condition:
        line = draft.node.line_at("correlation", "condition")
        draft.problems.add(f"`field` is missing in the condition, `{kind}` needs one", line)
        return ()
    values = tuple(draft.field(one, "`field`", language) for one in condition["field"].items)
    if len(values) > 1 and kind is not CorrelationType.VALUE_COUNT:
        draft.problems.add(f"`{kind}` takes one field", condition["field"].line)
    return values


def _percentile(problems: Problems, node: Located) -> float:
    found = node.value.get("percentile") if isinstance(node.value, dict) else None
    if found is None:
        problems.add("`percentile` is missing in the condition, expected a number from 0 to 100", node.line)
        return 0.0
    share = _number(problems, found)
    if not 0 <= share <= 100:
        problems.add(f"`{share}` is no percentile, expected a number from 0 to 100", found.line)
    return float(share)


def _number(problems: Problems, node: Located) -> int | float:
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        problems.add(f"expected a number, got `{node.plain()}`", node.line)
        return 0
    return node.value
