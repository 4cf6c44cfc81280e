"""What an alert says of the document behind it: titles, severity, stage, entity, advice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sentinel.detection.attributes import blind, flood, risk
from sentinel.detection.draft import Draft, Language
from sentinel.detection.rule import DEFAULT_WINDOW, Blind
from sentinel.detection.source import Located
from sentinel.model.alert import Domain, RuleRef, Severity, Stage

OWN = "sentinel."
NEEDED = (
    "id", "level", "sentinel.domain", "sentinel.stage", "sentinel.title_zh", "description", "sentinel.description_zh",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class About:
    """What an alert of a document says of it."""

    ref: RuleRef
    entity: tuple[str, ...]
    window: int
    planes: tuple[str, ...]
    fields: tuple[str, ...]
    blind: Blind
    flood: int
    unseen: str
    unseen_zh: str


def about(draft: Draft, siblings: Sequence[Draft], version: str, language: Language, *, alerts: bool) -> About:
    """Its description, with every mistake in it noted; what it does not say itself, its file says for it."""
    family = Family(draft, siblings)
    if alerts:
        family.demand(NEEDED if draft.kind == "correlation" else (*NEEDED, "sentinel.entity"))
    window = family.find("sentinel.window")
    return About(
        _ref(family, version),
        _entity(family, language),
        draft.problems.timespan(window, "window") if window else DEFAULT_WINDOW,
        family.texts("sentinel.planes"),
        family.texts("fields"),
        blind(draft.problems, family.find("sentinel.blind"), absent="absence" in draft.own),
        flood(draft.problems, family.find("sentinel.flood")),
        family.text("sentinel.unseen"),
        family.text("sentinel.unseen_zh"),
    )


class Family:
    """A document among those of its file: the first that says a thing, itself before all, says it for the document."""

    def __init__(self, draft: Draft, siblings: Sequence[Draft]) -> None:
        self.draft, self.problems = draft, draft.problems
        self._drafts = [draft, *(sibling for sibling in siblings if sibling is not draft)]

    @property
    def grouped(self) -> frozenset[str]:
        """What correlations group by."""
        return frozenset(name for one in self._drafts for name in one.grouped)

    def find(self, name: str) -> Located | None:
        """What is said under `level`, or under `sentinel.stage`; an id is everybody's own."""
        if name == "id":
            return self.draft.body.get(name)
        for one in self._drafts:
            said = one.own if name.startswith(OWN) else one.body
            if (key := name.removeprefix(OWN)) in said:
                return said[key]
        return None

    def demand(self, names: Iterable[str]) -> None:
        """Note what nobody says."""
        for name in names:
            found = self.find(name)
            if found is None or found.value == []:
                line = self.draft.node.line_at(*name.split(".")) if found is None else found.line
                self.problems.add(f"`{name}` is missing, every rule that alerts needs one", line)

    def text(self, name: str) -> str:
        """The text under a name."""
        found = self.find(name)
        return self.problems.text(found, f"`{name}`") if found else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts under a name."""
        found = self.find(name)
        return self.problems.texts(found, f"`{name}`") if found else ()


def _entity(family: Family, language: Language) -> tuple[str, ...]:
    """The fields that an alert is about; a correlation may group by an alias and name that."""
    found = family.find("sentinel.entity")
    return tuple(
        str(one.value) if str(one.value) in family.grouped else family.draft.field(one, "`sentinel.entity`", language)
        for one in (found.items if found else ())
    )


def _ref(family: Family, version: str) -> RuleRef:
    draft = family.draft
    return RuleRef(
        slug=draft.slug,
        id=draft.key,
        version=version,
        title=str(draft.body["title"].value) if "title" in draft.body else "",
        title_zh=family.text("sentinel.title_zh"),
        description=family.text("description"),
        description_zh=family.text("sentinel.description_zh"),
        severity=_severity(family),
        stages=_stages(family),
        domain=_domain(family),
        tags=tuple(map(str.lower, family.texts("tags"))),
        response=family.text("sentinel.response"),
        response_zh=family.text("sentinel.response_zh"),
        false_positives=family.texts("falsepositives"),
        false_positives_zh=family.texts("sentinel.falsepositives_zh"),
        risk=risk(draft.problems, family.find("sentinel.risk")),
    )


def _severity(family: Family) -> Severity:
    found = family.find("level")
    return (family.problems.choice(found, Severity, "level") if found else None) or Severity.INFORMATIONAL


def _domain(family: Family) -> Domain:
    found = family.find("sentinel.domain")
    return (family.problems.choice(found, Domain, "domain") if found else None) or Domain.NETWORK


def _stages(family: Family) -> tuple[Stage, ...]:
    found = family.find("sentinel.stage")
    return family.problems.choices(found, Stage, "stage") if found else ()
