"""One document of a rule file, checked as far as it can be alone; `loader` then ties documents together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sentinel.detection.condition import ConditionError, parse
from sentinel.detection.modifiers import ModifierError, item, known_field
from sentinel.detection.predicates import OPERATORS
from sentinel.detection.rule import DEFAULT_WINDOW, CorrelationType, Threshold
from sentinel.detection.schema import NAME, SERVICE, STATUSES, TAG, Problems, quoted
from sentinel.detection.source import Located
from sentinel.detection.tree import Node, all_of, any_of
from sentinel.model.alert import Domain, RuleRef, Severity, Stage
from sentinel.model.fields import FieldSpec

OWN = (
    "title_zh", "description_zh", "stage", "domain", "planes", "entity", "window",
    "response", "response_zh", "falsepositives_zh", "parameters",
)  # fmt: skip
PARAMETERS = ("gte", "timespan")
_KINDS = ("detection", "correlation", "filter")
_CORRELATION = ("type", "rules", "group-by", "timespan", "condition", "aliases", "generate")
_WITH_FIELD = ("value_count", "value_sum", "value_avg", "value_percentile")


@dataclass(frozen=True, slots=True)
class Language:
    """What rules may refer to: the fields, and the values of placeholders."""

    catalogue: Mapping[str, FieldSpec]
    placeholders: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A document of `slug`, the `number`-th of its file."""

    slug: str
    number: int
    node: Located
    problems: Problems

    @property
    def body(self) -> Mapping[str, Located]:
        """Its attributes."""
        return self.node.value if isinstance(self.node.value, dict) else {}

    @property
    def kind(self) -> str:
        """`detection`, `correlation`, `filter`, or empty where it is none."""
        found = [kind for kind in _KINDS if kind in self.body]
        return found[0] if len(found) == 1 else ""

    @property
    def key(self) -> str:
        """What other documents and states know it by."""
        return self.identifier or f"{self.slug}/{self.name or self.number}"

    @property
    def identifier(self) -> str:
        """Its `id`, if it has one."""
        found = self.body.get("id")
        return str(found.value).lower() if found else ""

    @property
    def name(self) -> str:
        """Its `name`, if it has one."""
        found = self.body.get("name")
        return str(found.value) if found else ""

    @property
    def own(self) -> Mapping[str, Located]:
        """Its `sentinel` attributes."""
        found = self.body.get("sentinel")
        return found.value if found and isinstance(found.value, dict) else {}

    def references(self) -> list[Located]:
        """The rules that a correlation or filter names."""
        if self.kind not in ("correlation", "filter"):
            return []
        inner = self.body[self.kind].value
        found = inner.get("rules") if isinstance(inner, dict) else None
        if found is None:
            return []
        return found.value if isinstance(found.value, list) else [found]

    @property
    def generates(self) -> bool:
        """Whether the rules that a correlation names alert too."""
        inner = self.body["correlation"].value
        found = [self.body.get("generate"), inner.get("generate") if isinstance(inner, dict) else None]
        return any(one is not None and one.value is True for one in found)

    def check(self, language: Language) -> None:
        """Note what is wrong with the attributes that every document shares."""
        problems, body = self.problems, self.body
        if not self.kind:
            problems.add("expected exactly one of `detection`, `correlation` and `filter`", self.node.line)
        if "title" in body:
            problems.text(body["title"], "`title`")
        else:
            problems.add("`title` is missing", self.node.line)
        if "id" in body:
            problems.uuid(body["id"])
        if "name" in body and not NAME.fullmatch(self.name):
            problems.add(f"`{self.name}` is no name, expected letters, digits, `_`, `.` and `-`", body["name"].line)
        if "status" in body and body["status"].value not in STATUSES:
            problems.add(f"unknown status `{body['status'].plain()}`, expected {quoted(STATUSES)}", body["status"].line)
        for tag in problems.texts(body["tags"], "tag") if "tags" in body else ():
            if tag and not TAG.fullmatch(tag):
                problems.add(
                    f"`{tag}` is no tag, expected such as `fight.fgt5012` or `attack.t0814`", body["tags"].line
                )
        if "sentinel" in body:
            problems.mapping(body["sentinel"], "`sentinel`", self.node.line)
            problems.known_keys(body["sentinel"], OWN, "`sentinel`")
        for name in problems.texts(body["fields"], "field") if "fields" in body else ():
            self.field(name, body["fields"].line, language)

    def field(self, name: str, line: int, language: Language) -> None:
        """Note a field that the catalogue does not have."""
        try:
            known_field(name, language.catalogue)
        except ModifierError as error:
            self.problems.add(str(error), line)


@dataclass(frozen=True, slots=True)
class About:
    """What an alert of a document says of it."""

    ref: RuleRef
    entity: tuple[str, ...]
    window: int
    planes: tuple[str, ...]
    fields: tuple[str, ...]


def about(draft: Draft, siblings: Sequence[Draft], version: str, *, alerts: bool) -> About:
    """Its description; what it does not say itself, the first document of its file that does says for it."""
    problems, line = draft.problems, draft.node.line
    drafts = [draft, *(sibling for sibling in siblings if sibling is not draft)]

    def find(name: str) -> Located | None:
        return next((one.body[name] for one in drafts if name in one.body), None)

    def own(name: str) -> Located | None:
        return next((one.own[name] for one in drafts if name in one.own), None)

    def text(node: Located | None, name: str, *, needed: bool = False) -> str:
        if node is None:
            if needed and alerts:
                problems.add(f"`{name}` is missing, every rule that alerts needs one", line)
            return ""
        return problems.text(node, f"`{name}`")

    def texts(node: Located | None, name: str) -> tuple[str, ...]:
        return problems.texts(node, f"`{name}`") if node else ()

    level, domain, stage = find("level"), own("domain"), own("stage")
    if alerts:
        present = {"id": draft.identifier, "level": level, "sentinel.domain": domain, "sentinel.stage": stage}
        for name, found in present.items():
            if not found:
                problems.add(f"`{name}` is missing, every rule that alerts needs one", line)
    stages = [Located(one, stage.line) for one in texts(stage, "stage")] if stage else []
    window = own("window")
    ref = RuleRef(
        slug=draft.slug,
        id=draft.key,
        version=version,
        title=str(draft.body["title"].value) if "title" in draft.body else "",
        title_zh=text(own("title_zh"), "sentinel.title_zh", needed=True),
        description=text(find("description"), "description", needed=True),
        description_zh=text(own("description_zh"), "sentinel.description_zh", needed=True),
        severity=(problems.choice(level, Severity, "level") if level else None) or Severity.INFORMATIONAL,
        stages=tuple(found for one in stages if (found := problems.choice(one, Stage, "stage"))),
        domain=(problems.choice(domain, Domain, "domain") if domain else None) or Domain.NETWORK,
        tags=texts(find("tags"), "tags"),
        response=text(own("response"), "sentinel.response"),
        response_zh=text(own("response_zh"), "sentinel.response_zh"),
        false_positives=texts(find("falsepositives"), "falsepositives"),
        false_positives_zh=texts(own("falsepositives_zh"), "sentinel.falsepositives_zh"),
    )
    return About(
        ref,
        texts(own("entity"), "sentinel.entity"),
        problems.timespan(window, "window") if window else DEFAULT_WINDOW,
        texts(own("planes"), "sentinel.planes"),
        texts(find("fields"), "fields"),
    )


def service(draft: Draft) -> str:
    """The service of a document's log source, empty for all."""
    problems, node = draft.problems, draft.body.get("logsource")
    source = problems.mapping(node, "`logsource`", draft.node.line)
    if node is None or not source:
        return ""
    if "product" not in source or source["product"].value != "5g":
        problems.add("expected `product: 5g` as log source", node.line)
    if "service" not in source:
        return ""
    name = problems.text(source["service"], "`service`")
    if name and not SERVICE.fullmatch(name):
        problems.add(f"`{name}` is no service, expected such as `ngap`", source["service"].line)
    return name


def detection(draft: Draft, language: Language, part: str = "detection", besides: Iterable[str] = ()) -> Node | None:
    """The tree of a detection (or of a filter, which names rules besides), if it has no mistake."""
    problems = draft.problems
    body = problems.mapping(draft.body[part], f"`{part}`", draft.node.line)
    mistakes = len(problems.errors)
    searches: dict[str, Node] = {}
    for name, node in body.items():
        if name == "timeframe":
            problems.add("`timeframe` is not of Sigma 2, expected a correlation", node.line)
        elif name != "condition" and name not in besides:
            found = _search(problems, node, language)
            if found is not None:
                searches[name] = found
    condition = body.get("condition")
    if condition is None:
        problems.add(f"`condition` is missing in `{part}`", draft.body[part].line)
    if len(problems.errors) > mistakes or condition is None:
        return None
    try:
        return any_of(tuple(parse(text, searches) for text in problems.texts(condition, "condition")))
    except ConditionError as error:
        problems.add(str(error), condition.line)
        return None


def _search(problems: Problems, node: Located, language: Language) -> Node | None:
    """A search: a mapping of items, a list of mappings, or keywords."""
    if isinstance(node.value, dict):
        return _items(problems, node, language)
    nodes = node.value if isinstance(node.value, list) else [node]
    if not nodes:
        problems.add("expected at least one item in the search", node.line)
    if any(isinstance(one.value, dict) for one in nodes):
        found = [_search(problems, one, language) for one in nodes]
        return any_of(tuple(one for one in found if one is not None)) if all(found) else None
    return _item(problems, "", node, node.line, language) if nodes else None


def _items(problems: Problems, node: Located, language: Language) -> Node | None:
    body = node.value if isinstance(node.value, dict) else {}
    if not body:
        problems.add("expected at least one item in the search", node.line)
        return None
    found = [_item(problems, key, value, node.line_of(key), language) for key, value in body.items()]
    return all_of(tuple(one for one in found if one is not None)) if all(found) else None


def _item(problems: Problems, key: str, node: Located, line: int, language: Language) -> Node | None:
    mistakes = len(problems.errors)
    values = problems.plains(node, f"`{key}`")
    if len(problems.errors) > mistakes:
        return None
    try:
        return item(key, values, language.catalogue, language.placeholders)
    except ModifierError as error:
        problems.add(str(error), line)
        return None


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


def correlation(draft: Draft, language: Language) -> Together | None:
    """The correlation part, if it has no mistake that keeps it from being read."""
    problems, node = draft.problems, draft.body["correlation"]
    body = problems.mapping(node, "`correlation`", draft.node.line)
    problems.known_keys(node, _CORRELATION, "`correlation`")
    for name in ("type", "rules", "timespan"):
        if name not in body:
            problems.add(f"`{name}` is missing in `correlation`", node.line)
    kind = problems.choice(body["type"], CorrelationType, "correlation type") if "type" in body else None
    if kind is None or "timespan" not in body:
        return None
    group_by = problems.texts(body["group-by"], "`group-by`") if "group-by" in body else ()
    aliases = _aliases(draft, body.get("aliases"), language)
    for name in group_by:
        if name not in aliases:
            draft.field(name, body["group-by"].line, language)
    threshold, values, percentile = _condition(draft, kind, body, language)
    span = problems.timespan(body["timespan"], "timespan")
    return Together(kind, group_by, aliases, span, threshold, values, percentile)


def _aliases(draft: Draft, node: Located | None, language: Language) -> dict[str, dict[str, str]]:
    aliases: dict[str, dict[str, str]] = {}
    if node is None:
        return aliases
    problems = draft.problems
    for name, rules in problems.mapping(node, "`aliases`", node.line).items():
        fields = problems.mapping(rules, f"alias `{name}`", rules.line)
        aliases[name] = {rule: problems.text(one, "field") for rule, one in fields.items()}
        for one in aliases[name].values():
            draft.field(one, rules.line, language)
    return aliases


def _condition(
    draft: Draft, kind: CorrelationType, body: Mapping[str, Located], language: Language
) -> tuple[Threshold, tuple[str, ...], float]:
    problems, node = draft.problems, body.get("condition")
    temporal = kind in (CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED)
    if node is None:
        if not temporal:
            problems.add(f"`condition` is missing, `{kind}` needs one", draft.body["correlation"].line)
        return Threshold(()), (), 0.0
    if kind is CorrelationType.TEMPORAL_ORDERED or not isinstance(node.value, dict):
        wanted = "no condition" if kind is CorrelationType.TEMPORAL_ORDERED else "a mapping such as `gte: 3`"
        problems.add(f"`{kind}` takes {wanted}", node.line)
        return Threshold(()), (), 0.0
    with_field = kind.value in _WITH_FIELD
    percentile = kind is CorrelationType.VALUE_PERCENTILE
    known = (*OPERATORS, *(["field"] if with_field else []), *(["percentile"] if percentile else []))
    problems.known_keys(node, known, "the condition")
    bounds = tuple((name, _number(problems, node.value[name])) for name in OPERATORS if name in node.value)
    if not bounds:
        problems.add(f"expected at least one of {quoted(OPERATORS)} in the condition", node.line)
    values = _value_fields(draft, kind, node.value, node.line, language) if with_field else ()
    share = _percentile(problems, node) if percentile else 0.0
    return Threshold(bounds), values, share


def _value_fields(
    draft: Draft, kind: CorrelationType, condition: Mapping[str, Located], line: int, language: Language
) -> tuple[str, ...]:
    if "field" not in condition:
        draft.problems.add(f"`field` is missing in the condition, `{kind}` needs one", line)
        return ()
    values = draft.problems.texts(condition["field"], "`field`")
    if len(values) > 1 and kind is not CorrelationType.VALUE_COUNT:
        draft.problems.add(f"`{kind}` takes one field", condition["field"].line)
    for name in values:
        draft.field(name, condition["field"].line, language)
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
