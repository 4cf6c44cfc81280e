"""Rules against their fixtures: `<fixtures>/<slug>/match.jsonl` and `no_match.jsonl`.

Each line is a scene: `{"scene": "…", "expect": 1, "events": [{"event.action": "…", "@timestamp": 0.5, …}, …]}`.
`expect` is the number of alerts of the slug, by default 1 in `match.jsonl` and 0 in `no_match.jsonl`; `@timestamp` is in
seconds from the start, or a date such as `2026-11-21T03:00:00Z`, by default one second after the event before. Only
fields of the catalogue may be used. Instead of `events`, `drill` may name a scene of the drill, whose traffic is then
decoded and annotated as on a live site. `parameters` are a site's values for this scene: `{"gte": 2}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sentinel.detection.engine import Detection
from sentinel.detection.loader import load
from sentinel.detection.parameters import with_parameters
from sentinel.detection.rule import RuleSet, RuleSetError
from sentinel.errors import RuleError
from sentinel.model.event import Event, PlainEvent, Scalar, Value
from sentinel.model.fields import FieldSpec, FieldType

Play = Callable[[str], Sequence[Event]]
EXPECTED = {"match.jsonl": 1, "no_match.jsonl": 0}
_START = 1_700_000_000_000_000_000
_SECOND = 1_000_000_000
_TYPES: Mapping[FieldType, tuple[type, ...]] = {
    FieldType.KEYWORD: (str,),
    FieldType.IP: (str,),
    FieldType.LONG: (int,),
    FieldType.DOUBLE: (int, float),
    FieldType.BOOLEAN: (bool,),
}


@dataclass(frozen=True, slots=True)
class FixtureResult:
    """A scene of a rule: what it expected and got; `problem` is why it could not run.

    `scene` is its name, or its file's where it has none.
    """

    slug: str
    scene: str
    path: Path
    line: int
    expected: int = 0
    got: int = 0
    problem: str = ""

    @property
    def passed(self) -> bool:
        """It ran and got what it expected."""
        return not self.problem and self.expected == self.got


def check(
    directory: Path, catalogue: Mapping[str, FieldSpec], placeholders: Mapping[str, Sequence[Scalar]] | None = None
) -> list[RuleError]:
    """Every mistake in the rules of a directory."""
    try:
        Detection(load(directory, catalogue, placeholders))
    except RuleSetError as error:
        return list(error.errors)
    return []


def run_fixtures(
    rules_dir: Path,
    fixtures_dir: Path,
    catalogue: Mapping[str, FieldSpec],
    placeholders: Mapping[str, Sequence[Scalar]] | None = None,
    play: Play | None = None,
    only: str = "",
) -> list[FixtureResult]:
    """Every rule (or `only` one) against its scenes, a missing file being a result too; raises `RuleSetError`.

    `play` gives the events of a drill's scene as detection would see them.
    """
    rules = load(rules_dir, catalogue, placeholders)
    results: list[FixtureResult] = []
    for slug in rules.slugs:
        if only in ("", slug):
            runner = _Runner(rules, slug, catalogue, play)
            for name in EXPECTED:
                results += runner.file(fixtures_dir / slug / name)
    if only:
        return results
    known = {*rules.slugs}
    for folder in sorted(fixtures_dir.iterdir()) if fixtures_dir.is_dir() else ():
        found = next((name for name in EXPECTED if (folder / name).exists()), None)
        if found and folder.name not in known:
            results.append(FixtureResult(folder.name, found, folder / found, 1, problem="no rule has this name"))
    return results


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs the scenes of one rule."""

    rules: RuleSet
    slug: str
    catalogue: Mapping[str, FieldSpec]
    play: Play | None

    def file(self, path: Path) -> Iterator[FixtureResult]:
        """Every scene of a file."""
        if not path.is_file():
            yield FixtureResult(self.slug, path.name, path, 1, problem="the file is missing, every rule needs one")
            return
        lines = [(number, line) for number, line in _lines(path) if line.strip()]
        if not lines:
            yield FixtureResult(self.slug, path.name, path, 1, problem="the file has no scene")
        for number, line in lines:
            yield self._scene(path, number, line)

    def _scene(self, path: Path, number: int, line: str) -> FixtureResult:
        scene, expected = path.name, EXPECTED[path.name]
        try:
            whole = json.loads(line)
            scene, expected = str(whole["scene"]), int(whole.get("expect", expected))
            detection = Detection(self._adjusted(whole.get("parameters")).only(self.slug))
            events = _events(whole, f"{self.slug}/{path.stem}/{number}", self.catalogue, self.play)
        except (ValueError, KeyError, TypeError, RuleSetError) as error:
            reason = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
            return FixtureResult(self.slug, scene, path, number, problem=reason)
        alerts = {alert.id for alert in detection.observe(events).alerts if alert.rule.slug == self.slug}
        if detection.errors:
            problem = next(iter(detection.errors.values())).message
            return FixtureResult(self.slug, scene, path, number, problem=problem)
        return FixtureResult(self.slug, scene, path, number, expected, len(alerts))

    def _adjusted(self, parameters: Mapping[str, Value] | None) -> RuleSet:
        return with_parameters(self.rules, {self.slug: parameters}) if parameters else self.rules


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    yield from enumerate(path.read_text(encoding="utf-8").splitlines(), 1)


def _events(
    whole: Mapping[str, Any], source: str, catalogue: Mapping[str, FieldSpec], play: Play | None
) -> Sequence[Event]:
    """The events of a scene, its own or those of the drill; raises `ValueError`."""
    if "drill" not in whole:
        return scene_events(whole["events"], source, catalogue)
    if play is None:
        raise ValueError("a drill's scene cannot be played here")
    return play(str(whole["drill"]))


def scenes(path: Path, catalogue: Mapping[str, FieldSpec], play: Play | None = None) -> Iterator[list[Event]]:
    """The events of every scene of a file; raises `ValueError`."""
    for number, line in _lines(path):
        if line.strip():
            yield list(_events(json.loads(line), f"{path.parent.name}/{path.stem}/{number}", catalogue, play))


def scene_events(rows: Sequence[Mapping[str, object]], source: str, catalogue: Mapping[str, FieldSpec]) -> list[Event]:
    """The events of a scene; raises `ValueError` for a field that the catalogue does not have or of another type."""
    if not rows:
        raise ValueError("expected at least one event")
    events: list[Event] = []
    time = _START - _SECOND
    for number, row in enumerate(rows, 1):
        stamp = row.get("@timestamp")
        time = time + _SECOND if stamp is None else _moment(stamp)
        fields = {name: _value(name, value, catalogue) for name, value in row.items() if name != "@timestamp"}
        kind = fields.get("event.action")
        if not isinstance(kind, str):
            raise ValueError(f"event {number} has no `event.action`")  # noqa: TRY004  # the file is wrong, not a call
        events.append(PlainEvent(kind, time, f"{time:016x}-{number:04}", source, number, fields))
    return events


def _moment(stamp: object) -> int:
    """Seconds from the start, or a date."""
    if not isinstance(stamp, str):
        return _START + round(float(str(stamp)) * _SECOND)
    moment = datetime.fromisoformat(stamp)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000) * 1_000


def _value(name: str, value: object, catalogue: Mapping[str, FieldSpec]) -> Value:
    spec = catalogue.get(name)
    if spec is None:
        raise ValueError(f"unknown field `{name}`, expected one of the field catalogue")
    values = tuple(value) if isinstance(value, list) else (value,)
    for one in values:
        if not isinstance(one, _TYPES[spec.type]) or (isinstance(one, bool) and spec.type is not FieldType.BOOLEAN):
            raise ValueError(f"`{one}` is no value of `{name}`, expected type {spec.type}")
    if isinstance(value, list) and not spec.many:
        raise ValueError(f"`{name}` holds one value, got a list")
    return values if isinstance(value, list) else values[0]
