"""What a site may set for a rule: the numbers and timespans that stand in it, and what it declares besides.

Every bound and timespan of a rule is a parameter under its own name (`gte`, `timespan`, `window`, `learning`,
`within`, `flood`), and under `<name of the document>.gte` where a file has several. A rule declares others under
`sentinel.parameters` with a default and uses them as placeholders: `destination.port|expand: "%ports%"`. A site sets
them in its plan: `parameters: {<slug>: {ports: [22, 3389]}}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from sentinel.detection.draft import Draft
from sentinel.detection.predicates import OPERATORS
from sentinel.detection.rule import Correlation, Overrides, Parameter, Rule, RuleSet, RuleSetError, Threshold, spoken
from sentinel.detection.schema import NAME, Problems, timespan
from sentinel.detection.source import Located
from sentinel.errors import RuleError
from sentinel.model.event import Scalar, Value

_KEYS = ("default", "minimum", "maximum", "en", "zh")
_BY_PLACE = frozenset((*OPERATORS, "timespan", "window", "learning", "within", "flood", "percentile"))
_SPANS = frozenset(("timespan", "window", "learning", "within"))
_MEANINGS: Mapping[str, tuple[str, str]] = {
    "gte": ("at least so many", "至少"), "gt": ("more than", "多于"), "lt": ("fewer than", "少于"),
    "lte": ("at most", "至多"), "eq": ("exactly", "等于"), "neq": ("other than", "不等于"),
    "timespan": ("within this time", "时间范围"), "percentile": ("percentile that is judged", "所判断的百分位"),
    "window": ("matches this close together are one alert", "此间隔内的匹配合并为一条告警"),
    "flood": ("entities with alerts of their own within the window", "时间窗内单独告警的对象数上限"),
    "learning": ("nothing is new for so long at first", "初始学习时间"),
    "within": ("what was not seen for so long is new again", "超过此时间未出现即视为新"),
}  # fmt: skip
Document = TypeVar("Document", Rule, Correlation)


def declared(drafts: Iterable[Draft]) -> dict[str, dict[str, Parameter]]:
    """By slug, what the documents of each file say of their parameters; mistakes are noted."""
    found: dict[str, dict[str, Parameter]] = {}
    for draft in drafts:
        node = draft.own.get("parameters")
        if node is None:
            continue
        known = found.setdefault(draft.slug, {})
        for name, said in draft.problems.mapping(node, "`sentinel.parameters`", node.line).items():
            known[name] = _declared(draft.problems, name, said, node.line_of(name))
    return found


def _declared(problems: Problems, name: str, node: Located, line: int) -> Parameter:
    body = problems.mapping(node, f"parameter `{name}`", line)
    problems.known_keys(node, _KEYS, f"parameter `{name}`")
    low, high = (_number(problems, body.get(bound)) for bound in ("minimum", "maximum"))
    en, zh = (problems.text(body[each], f"`{each}`") if each in body else "" for each in ("en", "zh"))
    if name.rpartition(".")[2] in _BY_PLACE:
        if "default" in body:
            problems.add(f"the default of `{name}` stands in the rule itself", line)
        return Parameter(name, 0, minimum=low, maximum=high, en=en, zh=zh)
    if not NAME.fullmatch(name) or "." in name or "-" in name:
        problems.add(f"`{name}` is no name of a parameter, expected letters, digits and `_`", line)
    for wanted in ("default", "en", "zh"):
        if wanted not in body:
            problems.add(f"`{wanted}` is missing in parameter `{name}`", line)
    default = _default(problems, body["default"]) if "default" in body else ()
    span = isinstance(default, str) and timespan(default) is not None
    made = Parameter(name, default, span, low, high, en, zh, declared=True)
    if "default" in body and (wrong := misfit(made, default)):
        problems.add(f"the default of `{name}` {wrong}", line)
    return made


def _default(problems: Problems, node: Located) -> Scalar | tuple[Scalar, ...]:
    values = problems.plains(node, "a default")
    scalars = tuple(one for one in values if one is not None)
    return scalars if isinstance(node.value, list) or not scalars else scalars[0]


def _number(problems: Problems, node: Located | None) -> float | None:
    if node is None:
        return None
    if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    problems.add(f"expected a number, got `{node.plain()}`", node.line)
    return None


def misfit(parameter: Parameter, value: object) -> str:
    """Why a value cannot be that of a parameter, empty where it can."""
    if isinstance(parameter.default, tuple):
        return _no_list(parameter.default, value)
    if parameter.timespan:
        return "" if _spanned(parameter.name, value) is not None else f"is `{value}`, expected a timespan such as `10m`"
    if isinstance(parameter.default, str):
        return "" if isinstance(value, str) and value else f"is `{value}`, expected a text"
    return _out_of_bounds(parameter, value)


def _no_list(default: Sequence[Scalar], value: object) -> str:
    if not isinstance(value, (list, tuple)) or not value:
        return f"is `{value}`, expected a list"
    texts = any(isinstance(one, str) for one in default)
    wrong = [one for one in value if isinstance(one, str) != texts or not isinstance(one, (str, int, float))]
    return f"holds `{wrong[0]}`, expected {'texts' if texts else 'numbers'}" if wrong else ""


def _out_of_bounds(parameter: Parameter, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"is `{value}`, expected a number"
    if parameter.minimum is not None and value < parameter.minimum:
        return f"is {value}, expected at least {parameter.minimum:g}"
    if parameter.maximum is not None and value > parameter.maximum:
        return f"is {value}, expected at most {parameter.maximum:g}"
    return ""


def _spanned(name: str, value: object) -> int | None:
    if name.rpartition(".")[2] == "learning" and value == "0s":
        return 0
    return timespan(value) if isinstance(value, str) else None


def values_of(known: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, Sequence[Scalar]]:
    """What the placeholders of a file stand for, the site's values before the defaults."""
    found: dict[str, Sequence[Scalar]] = {}
    for name, parameter in known.items():
        if parameter.declared:
            value = given.get(name, parameter.default)
            found[name] = tuple(value) if isinstance(value, (list, tuple)) else (value,)  # type: ignore[assignment]  # judged by `misfit`
    return found


def by_place(
    documents: Iterable[Rule | Correlation], said: Mapping[str, Mapping[str, Parameter]]
) -> Mapping[str, Mapping[str, Parameter]]:
    """All parameters by slug: those declared, and those that stand in the rules."""
    found = {slug: {name: one for name, one in some.items() if one.declared} for slug, some in said.items()}
    for document in documents:
        mine, stated = found.setdefault(document.ref.slug, {}), said.get(document.ref.slug, {})
        for name, default in _standing(document):
            span = name in _SPANS
            known = stated.get(name) or stated.get(f"{document.name}.{name}")
            en, zh = _MEANINGS[name]
            made = (
                Parameter(name, default, span, en=en, zh=zh)
                if known is None
                else replace(known, default=default, timespan=span, en=known.en or en, zh=known.zh or zh)
            )
            if document.alerts or name in OPERATORS:
                mine.setdefault(name, replace(made, name=name))
            if document.name:
                mine[f"{document.name}.{name}"] = replace(made, name=f"{document.name}.{name}")
    return found


def _standing(document: Rule | Correlation) -> Iterable[tuple[str, Scalar]]:
    if isinstance(document, Correlation):
        yield from ((name, bound) for name, bound in document.threshold.bounds)
        yield "timespan", spoken(document.timespan)
        if document.percentile:
            yield "percentile", document.percentile
    if document.first_seen is not None:
        yield "learning", spoken(document.first_seen.learning)
        yield "within", spoken(document.first_seen.within)
    if document.alerts:
        yield "window", spoken(document.window)
        yield "flood", document.flood


def with_parameters(rules: RuleSet, parameters: Overrides) -> RuleSet:
    """The set with a site's values; raises `RuleSetError` for a slug, name or value that cannot be."""
    given = {slug: values for slug, values in parameters.items() if values}
    errors = list(_mistakes(rules, given))
    if errors:
        raise RuleSetError(errors)
    if not given:
        return rules
    if rules.again is not None and any(rules.parameters[slug][name].declared for slug in given for name in given[slug]):
        rules = rules.again(given)
    return replace(
        rules,
        rules=tuple(_adjusted(one, given.get(one.ref.slug, {})) for one in rules.rules),
        correlations=tuple(_adjusted(one, given.get(one.ref.slug, {})) for one in rules.correlations),
    )


def _mistakes(rules: RuleSet, given: Overrides) -> Iterable[RuleError]:
    for slug, values in given.items():
        known = rules.parameters.get(slug)
        if known is None:
            yield RuleError(f"no rule has the slug `{slug}`", "parameters")
            continue
        for name, value in values.items():
            if name not in known:
                expected = ", ".join(f"`{one}`" for one in sorted(known))
                yield RuleError(f"unknown parameter `{name}` of `{slug}`, expected one of {expected}", "parameters")
            elif wrong := misfit(known[name], value):
                yield RuleError(f"`{name}` of `{slug}` {wrong}", "parameters")


def _adjusted(one: Document, values: Mapping[str, Value | Sequence[Scalar]]) -> Document:
    def said(name: str) -> object:
        own = values.get(f"{one.name}.{name}") if one.name else None
        if own is not None:
            return own
        return values.get(name) if one.alerts or name in OPERATORS else None

    def span(name: str, known: int) -> int:
        found = _spanned(name, said(name))
        return known if found is None else found

    if not values:
        return one
    if isinstance(one, Correlation):
        bounds = tuple((name, _bound(said(name), old)) for name, old in one.threshold.bounds)
        share = _bound(said("percentile"), one.percentile)
        one = replace(
            one, threshold=Threshold(bounds), timespan=span("timespan", one.timespan), percentile=float(share)
        )
    if one.first_seen is not None:
        new = one.first_seen
        new = replace(new, learning=span("learning", new.learning), within=span("within", new.within))
        one = replace(one, first_seen=new)
    return replace(one, window=span("window", one.window), flood=int(_bound(said("flood"), one.flood)))


def _bound(value: object, known: float) -> int | float:
    return value if isinstance(value, (int, float)) else known
