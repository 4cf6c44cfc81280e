"""`sentinel rules`: look at the rules, check them, and run their fixtures."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from sentinel import detection, pipeline
from sentinel.cli.language import LANGUAGES, WORDS, preferred
from sentinel.config import shipped
from sentinel.errors import InputError

_folder = click.argument("directory", type=click.Path(path_type=Path), required=False)


@click.group()
def rules() -> None:
    """Look at detection rules, check them, test them."""


@rules.command("list")
@_folder
@click.option("--language", type=click.Choice(LANGUAGES), default=preferred)
def list_rules(directory: Path | None, language: str) -> None:
    """List the rules with severity, stage and title."""
    words = WORDS[language]
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("slug", "severity", "stage", "title"):
        table.add_column(words[name])
    shown = {
        document.ref.slug: document.ref for document in pipeline.load_rules(directory or shipped("rules")).alerting
    }
    for slug, ref in sorted(shown.items()):
        title = ref.title_zh if language == "zh-CN" else ref.title
        table.add_row(slug, words[ref.severity.value], " ".join(words[stage.value] for stage in ref.stages), title)
    Console(highlight=False, width=None if sys.stdout.isatty() else 180).print(table)


@rules.command()
@_folder
def check(directory: Path | None) -> None:
    """Check rules; every mistake names file and line."""
    folder = directory or shipped("rules")
    if not folder.is_dir():
        raise InputError(f"`{folder}` is not a folder of rules")
    mistakes = detection.check(folder, pipeline.FIELDS)
    for mistake in mistakes:
        click.echo(str(mistake), err=True)
    if mistakes:
        sys.exit(1)
    click.echo(f"{len(pipeline.load_rules(folder))} documents, no mistake")


@rules.command()
@_folder
@click.option("--fixtures", type=click.Path(path_type=Path), default=Path("tests/rules"), show_default=True)
def test(directory: Path | None, fixtures: Path) -> None:
    """Run the events that must match and must not match through the engine."""
    folder = directory or shipped("rules")
    if not folder.is_dir() or not fixtures.is_dir():
        raise InputError(f"`{folder}` and `{fixtures}` are to be folders of rules and of fixtures")
    results = detection.run_fixtures(folder, fixtures, pipeline.FIELDS, play=pipeline.play)
    wrong = [result for result in results if result.problem or result.expected != result.got]
    for result in wrong:
        reason = result.problem or f"expected {result.expected} alerts, got {result.got}"
        click.echo(f"{result.path}:{result.line}: {result.slug}: {result.scene}: {reason}", err=True)
    click.echo(f"{len(results) - len(wrong)} passed, {len(wrong)} failed")
    if wrong:
        sys.exit(1)
