"""`sentinel rules`: look at the rules, check them, run their fixtures, and hunt with them over what is stored."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson
from rich.table import Table

from sentinel import detection, drill, pipeline
from sentinel.cli.language import LANGUAGES, WORDS, preferred
from sentinel.cli.options import data_option, spanned, store_of, stored
from sentinel.cli.screen import screen
from sentinel.config import Config, shipped
from sentinel.detection.coverage import Coverage, coverage
from sentinel.detection.lint import Concern, lint
from sentinel.errors import InputError
from sentinel.model.document import alert_document
from sentinel.site import load_site
from sentinel.store.base import Span
from sentinel.store.moment import parse_moment

if TYPE_CHECKING:
    from sentinel.detection import RuleSet

_folder = click.argument("directory", type=click.Path(path_type=Path), required=False)
_language = click.option("--language", type=click.Choice(LANGUAGES), default=preferred)
_json = click.option("--json", "as_json", is_flag=True, help="for machines: JSON, one object a line")
_fixtures = click.option("--fixtures", type=click.Path(path_type=Path), default=Path("tests/rules"), show_default=True)


@click.group()
def rules() -> None:
    """Look at detection rules, check them, test them, hunt with them."""


@rules.command("list")
@_folder
@click.option("--coverage", "covering", is_flag=True, help="what each is for, needs and is proven by")
@click.option("--parameters", is_flag=True, help="what a site may set, with defaults and bounds")
@_fixtures
@_json
@_language
def list_rules(
    directory: Path | None, covering: bool, parameters: bool, fixtures: Path, as_json: bool, language: str
) -> None:
    """List the rules with severity, stage and title; or their coverage, or the parameters that a site may set."""
    loaded = pipeline.load_rules(directory or shipped("rules"))
    if parameters:
        _parameters(loaded, language, as_json=as_json)
        return
    rows = coverage(loaded, fixtures if fixtures.is_dir() else None, drill.scenes().values())
    if as_json:
        _write(asdict(row) for row in rows)
    elif covering:
        screen(fitted=True).print(_covered(rows, language))
    else:
        _print(_listed(rows, language))
    _say_expired(loaded, language)


def _write(rows: object) -> None:
    for row in rows:  # type: ignore[attr-defined]  # any iterable of what JSON takes
        sys.stdout.buffer.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def _print(table: Table) -> None:
    screen().print(table)


def _table(language: str, names: Sequence[str]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in names:
        table.add_column(WORDS[language][name], overflow="fold", no_wrap=name == "slug")
    return table


def _listed(rows: Sequence[Coverage], language: str) -> Table:
    words, table = WORDS[language], _table(language, ("slug", "severity", "stage", "title"))
    for row in rows:
        title = row.title_zh if language == "zh-CN" else row.title
        table.add_row(row.slug, words[row.severity.value], _words(row.stages, language), title)
    return table


def _covered(rows: Sequence[Coverage], language: str) -> Table:
    words = WORDS[language]
    table = _table(language, ("slug", "severity", "stage", "domain", "technique", "planes", "proof", "twin", "unseen"))
    for row in rows:
        proof = [*row.proofs, f"{words['fixtures']} {row.matching}" if row.matching else ""]
        twin = [*row.twins, f"{words['fixtures']} {row.benign}" if row.benign else ""]
        table.add_row(
            row.slug, words[row.severity.value], _words(row.stages, language), words[row.domain.value],
            " ".join((*row.fight, *row.ics)), " ".join(row.planes).upper() or "-", _joined(proof), _joined(twin),
            (row.unseen_zh if language == "zh-CN" else row.unseen) or "-",
        )  # fmt: skip
    return table


def _parameters(loaded: RuleSet, language: str, *, as_json: bool) -> None:
    """Of each rule what a site may set in its plan under `parameters`."""
    found = [(slug, one) for slug, named in sorted(loaded.parameters.items()) for _, one in sorted(named.items())]
    if as_json:
        _write({"slug": slug, **asdict(one)} for slug, one in found)
        return
    table = _table(language, ("slug", "parameter", "default", "bounds", "meaning"))
    for slug, one in found:
        low, high = ("" if bound is None else f"{bound:g}" for bound in (one.minimum, one.maximum))
        bounds = f"{low} … {high}" if low or high else ""
        default = ", ".join(map(str, one.default)) if isinstance(one.default, tuple) else str(one.default)
        table.add_row(slug, one.name, default, bounds, one.zh if language == "zh-CN" else one.en)
    _print(table)


def _words(names: Sequence[str], language: str) -> str:
    return " ".join(WORDS[language][str(name)] for name in names)


def _joined(parts: Sequence[str]) -> str:
    return ", ".join(part for part in parts if part) or "-"


def _say_expired(loaded: RuleSet, language: str) -> None:
    """A filter that has expired is not passed over in silence."""
    for note in lint(loaded, time.time_ns()):
        if note.concern is Concern.EXPIRED:
            click.echo(f"{note.path}:{note.line}: {note.zh if language == 'zh-CN' else note.en}", err=True)


@rules.command()
@_folder
@click.option("--notes", is_flag=True, help="also say what is allowed but not portable, not tagged, or too low")
@_json
@_language
def check(directory: Path | None, notes: bool, as_json: bool, language: str) -> None:
    """Check rules; every mistake names file and line."""
    folder = directory or shipped("rules")
    if not folder.is_dir():
        raise InputError(f"`{folder}` is not a folder of rules")
    mistakes = detection.check(folder, pipeline.FIELDS)
    if as_json:
        _write({"path": str(one.path), "line": one.line, "error": str(one)} for one in mistakes)
    for mistake in () if as_json else mistakes:
        click.echo(str(mistake), err=True)
    if mistakes:
        sys.exit(1)
    loaded = pipeline.load_rules(folder)
    found = [note for note in lint(loaded, time.time_ns()) if notes or note.concern is Concern.EXPIRED]
    if as_json:
        _write({"path": str(n.path), "line": n.line, "note": n.concern, "en": n.en, "zh": n.zh} for n in found)
        return
    for note in found:
        click.echo(f"{note.path}:{note.line}: {note.zh if language == 'zh-CN' else note.en}", err=True)
    click.echo(WORDS[language]["no_mistake"].format(count=len(loaded)))


@rules.command()
@_folder
@_fixtures
@click.option("--rule", default="", help="only this one")
@_json
@_language
def test(directory: Path | None, fixtures: Path, rule: str, as_json: bool, language: str) -> None:
    """Run the events that must match and must not match through the engine."""
    folder = directory or shipped("rules")
    if not folder.is_dir() or not fixtures.is_dir():
        raise InputError(f"`{folder}` and `{fixtures}` are to be folders of rules and of fixtures")
    results = detection.run_fixtures(folder, fixtures, pipeline.FIELDS, play=pipeline.play, only=rule)
    if rule and not results:
        raise InputError(f"there is no rule `{rule}`")
    wrong = [result for result in results if not result.passed]
    if as_json:
        _write({**asdict(result), "path": str(result.path), "passed": result.passed} for result in results)
    for result in () if as_json else wrong:
        reason = result.problem or WORDS[language]["expected_got"].format(expected=result.expected, got=result.got)
        click.echo(f"{result.path}:{result.line}: {result.slug}: {result.scene}: {reason}", err=True)
    if not as_json:
        click.echo(WORDS[language]["passed_failed"].format(passed=len(results) - len(wrong), failed=len(wrong)))
    if wrong:
        sys.exit(1)


@rules.command()
@_folder
@data_option
@stored
@click.option("--rule", "slugs", multiple=True, help="only this one; may be given several times")
@click.option("--site", type=click.Path(path_type=Path), help="site plan, for its parameters")
@spanned
@_json
@_language
def hunt(
    directory: Path | None, data: Path, store: str, store_ca: Path | None, store_secret: Path | None,
    slugs: Sequence[str], site: Path | None, since: str, until: str,
    as_json: bool, language: str,
) -> None:  # fmt: skip
    """Run rules over the stored events, with the verdicts that they would have had live.

    DIRECTORY holds the rules, drafts among them; those that came along are the default.
    """
    from sentinel import storage
    from sentinel.cli.analyze import summary
    from sentinel.detection.hunt import hunt as hunted

    config = Config(data=data.absolute(), rules=shipped("rules"), **store_of(store, store_ca, store_secret))
    if not config.events_database.exists():
        raise InputError(f"`{data}` holds no data of a service; name its folder with --data")
    loaded = pipeline.load_rules(directory or shipped("rules"))
    unknown = [slug for slug in slugs if slug not in loaded.slugs]
    if unknown:
        raise InputError(f"there is no rule `{unknown[0]}`; `sentinel rules list` shows them")
    plan, now = load_site(site) if site else None, time.time_ns()
    span = Span(parse_moment(since, now), parse_moment(until, now))
    with closing(storage.opened(config)) as opened:
        alerts = hunted(opened, loaded.only(*slugs), pipeline.FIELDS, span, plan.parameters if plan else None)
    if as_json:
        _write(alert_document(alert) for alert in alerts)
        return
    summary(screen(), alerts, language)
