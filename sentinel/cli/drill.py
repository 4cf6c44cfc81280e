"""`sentinel drill`: synthetic attacks as traffic, for exercises, demos and tests."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.table import Table

from sentinel.cli.language import LANGUAGES, WORDS, preferred
from sentinel.cli.screen import screen
from sentinel.drill import scenes, write_capture
from sentinel.errors import InputError


@click.group()
def drill() -> None:
    """Synthetic 5G traffic: attacks and their benign twins."""


@drill.command("list")
@click.option("--language", type=click.Choice(LANGUAGES), default=preferred)
def list_scenes(language: str) -> None:
    """List the scenes and the rules they fire."""
    words = WORDS[language]
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("scene", "title", "fires"):
        table.add_column(words[name])
    for name, scene in sorted(scenes().items()):
        title = scene.title_zh if language == "zh-CN" else scene.title
        table.add_row(name, title, " ".join(scene.fires) or "-")
    screen().print(table)


@drill.command("run")
@click.argument("scene")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="capture to write")
def run_scene(scene: str, to: Path) -> None:
    """Write the traffic of SCENE as a capture."""
    found = scenes().get(scene)
    if found is None:
        raise InputError(f"there is no scene `{scene}`; `sentinel drill list` shows them")
    try:
        write_capture(found.frames(time.time_ns()), to)
    except OSError as error:
        raise InputError(f"`{to}` cannot be written: {error.strerror}") from error
    click.echo(str(to))
