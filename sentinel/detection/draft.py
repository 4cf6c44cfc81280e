"""One document of a rule file, checked as far as it can be alone; `loader` then ties documents together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sentinel.detection.condition import ConditionError, parse
from sentinel.detection.modifiers import ModifierError, item, known_field
from sentinel.detection.schema import KEYS, NAME, SERVICE, STATUSES, TAG, Problems, quoted
from sentinel.detection.source import Located
from sentinel.detection.tree import Node, all_of, any_of
from sentinel.model.event import Scalar
from sentinel.model.fields import FieldSpec

OWN = (
    "title_zh", "description_zh", "stage", "domain", "planes", "entity", "window",
    "response", "response_zh", "falsepositives_zh", "parameters", "first_seen", "absence", "blind", "flood", "risk",
    "unseen", "unseen_zh", "reason", "reason_zh", "owner", "expires",
)  # fmt: skip
_ANY_TAG = re.compile(r"[^\s.]+\.[^\s]+")
_KINDS = ("detection", "correlation", "filter")


@dataclass(frozen=True, slots=True)
class Language:
    """What rules may refer to: the fields, and the values of placeholders.

    `foreign` rules are Sigma's, not ours: of any log source, with any fields, without what we ask of a rule besides.
    """

    catalogue: Mapping[str, FieldSpec]
    placeholders: Mapping[str, Sequence[Scalar]]
    foreign: bool = False


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
        return found.items if found else []

    @property
    def grouped(self) -> frozenset[str]:
        """What a correlation groups by, fields and aliases."""
        inner = self.body[self.kind].value if self.kind == "correlation" else None
        found = inner.get("group-by") if isinstance(inner, dict) else None
        return frozenset(str(one.value) for one in found.items) if found else frozenset()

    @property
    def generates(self) -> bool:
        """Whether the rules that a correlation names alert too."""
        inner = self.body["correlation"].value
        found = [self.body.get("generate"), inner.get("generate") if isinstance(inner, dict) else None]
        return any(one is not None and one.value is True for one in found)

    def bounds(self) -> dict[str, object]:
        """What the condition of a correlation says, as written."""
        inner = self.body[self.kind].value if self.kind == "correlation" else None
        found = inner.get("condition") if isinstance(inner, dict) else None
        said = found.plain() if found else None
        return dict(said) if isinstance(said, dict) else {}

    def check(self, language: Language) -> None:
        """Note what is wrong with the attributes that every document shares."""
        if not language.foreign:
            self.problems.misspelt_keys(self.node, KEYS)
        if not self.kind:
            self.problems.add("expected exactly one of `detection`, `correlation` and `filter`", self.node.line)
        self._check_names()
        self._check_tags(_ANY_TAG if language.foreign else TAG)
        if "sentinel" in self.body:
            self.problems.mapping(self.body["sentinel"], "`sentinel`", self.node.line)
            self.problems.known_keys(self.body["sentinel"], OWN, "`sentinel`")
        for node in self.body["fields"].items if "fields" in self.body and not language.foreign else ():
            self.field(node, "field", language)

    def _check_names(self) -> None:
        problems, body = self.problems, self.body
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

    def _check_tags(self, form: re.Pattern[str]) -> None:
        for node in self.body["tags"].items if "tags" in self.body else ():
            tag = self.problems.text(node, "tag")
            if tag and not form.fullmatch(tag):
                self.problems.add(f"`{tag}` is no tag, expected such as `fight.fgt5012` or `attack.t0814`", node.line)

    def field(self, node: Located, what: str, language: Language) -> str:
        """The name of a field, noted where it is none or the catalogue does not have it."""
        name = self.problems.text(node, what)
        try:
            if name and not language.foreign:
                known_field(name, language.catalogue)
        except ModifierError as error:
            self.problems.add(str(error), node.line)
        return name


def service(draft: Draft, language: Language) -> str:
    """The service of a document's log source, empty for all."""
    problems, node = draft.problems, draft.body.get("logsource")
    source = problems.mapping(node, "`logsource`", draft.node.line)
    if node is None or not source or language.foreign:
        return ""
    if "product" not in source or source["product"].value != "5g":
        problems.add("expected `product: 5g` as log source", draft.node.line_at("logsource", "product"))
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
            problems.add("`timeframe` is not of Sigma 2, expected a correlation", draft.node.line_at(part, name))
        elif name != "condition" and name not in besides:
            found = _search(problems, node, language)
            if found is not None:
                searches[name] = found
    condition = body.get("condition")
    if condition is None:
        problems.add(f"`condition` is missing in `{part}`", draft.node.line_at(part))
    if len(problems.errors) > mistakes or condition is None:
        return None
    trees = [_parsed(problems, one, searches) for one in condition.items]
    return any_of(tuple(one for one in trees if one is not None)) if trees and all(trees) else None


def _parsed(problems: Problems, node: Located, searches: Mapping[str, Node]) -> Node | None:
    text = problems.text(node, "condition")
    try:
        return parse(text, searches) if text else None
    except ConditionError as error:
        problems.add(str(error), node.line)
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
        return item(key, values, language.catalogue, language.placeholders, foreign=language.foreign)
    except ModifierError as error:
        problems.add(str(error), line if error.at is None else node.items[error.at].line)
        return None
