"""Commands that pages and documents name are commands that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from sentinel.cli import commands

TEMPLATES = sorted(Path("sentinel/web/templates").glob("*.html"))
DOCUMENTS = [*sorted(Path().glob("README*.md")), *sorted(Path("docs").glob("*.md"))]
NAMED = re.compile(r"(?<![\w./-])sentinel ((?:(?!sentinel )[^`<|>&;#\\\n])*)")


def wrong(text: str, *, whole: bool) -> Iterator[str]:
    """Named commands with a word that is no command or an option that it has not; `whole` asks for required ones too."""
    for found in NAMED.finditer(re.sub(r"{{.*?}}", "VALUE", text)):
        command, words = _resolved(found[1].split())
        named = {word.partition("=")[0].rstrip(".,") for word in words if word.startswith("--")}
        options = [each for each in command.params if isinstance(each, click.Option)]
        lacking = [each for each in options if whole and each.required and not {*each.opts} & {*words}]
        had = {"--help", *(name for each in options for name in (*each.opts, *each.secondary_opts))}
        stray = isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z-]*", words[0] if words else "")
        if stray or lacking or named - had:
            yield found[0]


def _resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = commands
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("path", [*TEMPLATES, *DOCUMENTS], ids=str)
def test_every_command_that_is_named_is_one(path: Path) -> None:
    """Group, subcommand and options; a page has it whole, with the options that have to be given."""
    assert list(wrong(path.read_text(encoding="utf-8"), whole=path in TEMPLATES)) == []


@pytest.mark.parametrize(
    "text", ["sentinel policy point add NAME", "sentinel rules list --covering", "`sentinel enforce add NAME`"]
)
def test_a_command_that_is_none_is_found(text: str) -> None:
    """A subcommand, an option, and one that lacks what it needs."""
    assert len(list(wrong(text, whole=True))) == 1
