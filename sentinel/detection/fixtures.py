"""Rules against their fixtures: `<fixtures>/<slug>/match.jsonl` and `no_match.jsonl`.

Each line is a scene: `{"scene": "…", "expect": 1, "events": [{"event.action": "…", "@timestamp": 0.5, …}, …]}`.
`expect` is the number of alerts of the slug, by default 1 in `match.jsonl` and 0 in `no_match.jsonl`; `@timestamp` is in
seconds, by default one second after the event before. Only fields of the catalogue may be used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentinel.detection.engine import Detection
from sentinel.detection.loader import load
from sentinel.detection.rule import RuleSetError
from sentinel.errors import RuleError
from sentinel.model.event import Event, PlainEvent, Value
from sentinel.model.fields import FieldSpec, FieldType

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
    directory: Path, catalogue: Mapping[str, FieldSpec], placeholders: Mapping[str, Sequence[str]] | None = None
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
    placeholders: Mapping[str, Sequence[str]] | None = None,
) -> list[FixtureResult]:
    """Every rule against its scenes, a missing file being a result too; raises `RuleSetError`."""
    rules = load(rules_dir, catalogue, placeholders)
    results: list[FixtureResult] = []
    for slug in rules.slugs:
        detection = Detection(rules.only(slug))
        for name in EXPECTED:
            results += _run(detection, slug, fixtures_dir / slug / name, catalogue)
    known = {*rules.slugs}
    for folder in sorted(fixtures_dir.iterdir()) if fixtures_dir.is_dir() else ():
        found = next((name for name in EXPECTED if (folder / name).exists()), None)
        if found and folder.name not in known:
            results.append(FixtureResult(folder.name, found, folder / found, 1, problem="no rule has this name"))
    return results


def _run(detection: Detection, slug: str, path: Path, catalogue: Mapping[str, FieldSpec]) -> Iterator[FixtureResult]:
    if not path.is_file():
        yield FixtureResult(slug, path.name, path, 1, problem="the file is missing, every rule needs one")
        return
    scenes = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            scenes += 1
            yield _scene(detection, slug, path, number, line, catalogue)
    if not scenes:
        yield FixtureResult(slug, path.name, path, 1, problem="the file has no scene")


def _scene(
    detection: Detection, slug: str, path: Path, number: int, line: str, catalogue: Mapping[str, FieldSpec]
) -> FixtureResult:
    scene, expected = path.name, EXPECTED[path.name]
    try:
        whole = json.loads(line)
        scene, expected = str(whole["scene"]), int(whole.get("expect", expected))
        events = scene_events(whole["events"], f"{slug}/{path.stem}/{number}", catalogue)
    except (ValueError, KeyError, TypeError) as error:
        reason = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
        return FixtureResult(slug, scene, path, number, problem=reason)
    detection.reset()
    alerts = {alert.id for alert in detection.observe(events).alerts if alert.rule.slug == slug}
    if detection.errors:
        return FixtureResult(slug, scene, path, number, problem=next(iter(detection.errors.values())).message)
    return FixtureResult(slug, scene, path, number, expected, len(alerts))


def scenes(path: Path, catalogue: Mapping[str, FieldSpec]) -> Iterator[list[Event]]:
    """The events of every scene of a file; raises `ValueError`."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            yield scene_events(json.loads(line)["events"], f"{path.parent.name}/{path.stem}/{number}", catalogue)


def scene_events(rows: Sequence[Mapping[str, object]], source: str, catalogue: Mapping[str, FieldSpec]) -> list[Event]:
    """The events of a scene; raises `ValueError` for a field that the catalogue does not have or of another type."""
    if not rows:
        raise ValueError("expected at least one event")
    events: list[Event] = []
    time = _START - _SECOND
    for number, row in enumerate(rows, 1):
        stamp = row.get("@timestamp")
        time = _START + round(float(str(stamp)) * _SECOND) if stamp is not None else time + _SECOND
        fields = {name: _value(name, value, catalogue) for name, value in row.items() if name != "@timestamp"}
        kind = fields.get("event.action")
        if not isinstance(kind, str):
            raise ValueError(f"event {number} has no `event.action`")  # noqa: TRY004  # the file is wrong, not a call
        events.append(PlainEvent(kind, time, f"{time:016x}-{number:04}", source, number, fields))
    return events


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
