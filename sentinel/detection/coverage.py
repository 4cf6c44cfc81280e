"""Coverage: what each rule is for, what has to be mirrored for it, what proves that it works, and what it cannot see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from sentinel.detection.rule import Correlation, Rule, RuleSet
from sentinel.model.alert import Domain, Severity, Stage

Value = TypeVar("Value")


class Scene(Protocol):
    """A scene of the drill, as far as it proves a rule."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def fires(self) -> tuple[str, ...]:
        """The rules that have to alert."""

    @property
    def benign(self) -> bool:
        """Whether none may."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of one rule."""

    slug: str
    title: str
    title_zh: str
    severity: Severity
    stages: tuple[Stage, ...]
    domain: Domain
    fight: tuple[str, ...]
    ics: tuple[str, ...]
    planes: tuple[str, ...]
    kinds: tuple[str, ...]  # of documents: detection, correlation types, first_seen, absence
    proofs: tuple[str, ...]  # scenes of the drill, and captures that the rule names, which fire it
    twins: tuple[str, ...]  # benign scenes beside them
    matching: int  # scenes among the fixtures
    benign: int
    parameters: tuple[str, ...]
    unseen: str
    unseen_zh: str


def coverage(rules: RuleSet, fixtures: Path | None, scenes: Iterable[Scene]) -> list[Coverage]:
    """Every rule of the set by slug; `fixtures` is where its scenes are, if they are here."""
    known = list(scenes)
    return [_coverage(rules, slug, fixtures, known) for slug in rules.slugs]


def _coverage(rules: RuleSet, slug: str, fixtures: Path | None, scenes: Sequence[Scene]) -> Coverage:
    mine = [one for one in rules.alerting if one.ref.slug == slug]
    first = mine[0].ref
    tags = _united(one.ref.tags for one in mine)
    firing = [scene for scene in scenes if slug in scene.fires]
    files = {type(scene).__module__ for scene in firing}  # an attack and its twin stand in one file
    return Coverage(
        slug=slug,
        title=first.title,
        title_zh=first.title_zh,
        severity=max((one.ref.severity for one in mine), key=lambda severity: severity.rank),
        stages=_united(one.ref.stages for one in mine),
        domain=first.domain,
        fight=tuple(tag.removeprefix("fight.").upper() for tag in tags if tag.startswith("fight.")),
        ics=tuple(tag.removeprefix("attack.").upper() for tag in tags if tag.startswith("attack.t")),
        planes=_united(one.planes for one in mine),
        kinds=_united(_kinds(one) for one in mine),
        proofs=tuple(scene.name for scene in firing),
        twins=tuple(scene.name for scene in scenes if scene.benign and type(scene).__module__ in files),
        matching=_scenes(fixtures, slug, "match.jsonl"),
        benign=_scenes(fixtures, slug, "no_match.jsonl"),
        parameters=tuple(sorted(rules.parameters.get(slug, {}))),
        unseen=next((one.unseen for one in mine if one.unseen), ""),
        unseen_zh=next((one.unseen_zh for one in mine if one.unseen_zh), ""),
    )


def _united(groups: Iterable[tuple[Value, ...]]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))


def _kinds(one: Rule | Correlation) -> tuple[str, ...]:
    new = ("first_seen",) if one.first_seen else ()
    if isinstance(one, Rule):
        return ("detection", *new)
    return (one.type.value, *(("absence",) if one.absence else ()), *new)


def _scenes(fixtures: Path | None, slug: str, name: str) -> int:
    """How many scenes a file of fixtures has."""
    path = fixtures / slug / name if fixtures else None
    if path is None or not path.is_file():
        return 0
    return sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
