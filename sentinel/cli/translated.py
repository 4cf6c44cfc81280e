"""`--help` in the user's language: texts stand in English beside what they describe, and are translated as one tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from inspect import cleandoc
from pathlib import Path
from unicodedata import east_asian_width

import click

MESSAGES = Path(__file__).with_name("locale") / "zh_CN" / "LC_MESSAGES" / "help.po"
OWN: Mapping[str, str] = {
    "Usage: ": "用法：", "Options": "选项", "Commands": "命令", "Show this message and exit.": "显示本说明并退出。",
}  # fmt: skip
"""What click says of its own accord."""
_FILLER = "\N{ZERO WIDTH SPACE}"  # stands behind what takes two columns while lines are broken, so that they are as wide as said


def spoken(command: click.Command) -> Iterator[str]:
    """Every text that `--help` shows of a command and those below it, in English, each paragraph as one line."""
    for text in (command.help, *(getattr(option, "help", None) for option in command.params)):
        if text:
            yield plain(text)
    for below in getattr(command, "commands", {}).values():
        yield from spoken(below)


def plain(text: str) -> str:
    """A text as it stands in the catalogue: paragraphs without the line breaks of the source."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in cleandoc(text).split("\n\n"))


def translate(command: click.Command) -> None:
    """Have a command and those below it explained in Chinese."""
    command.context_class = _Context
    command.help = _wide(messages().get(plain(command.help or ""), command.help or ""))
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = _wide(messages().get(plain(option.help), option.help))
    for below in getattr(command, "commands", {}).values():
        translate(below)


@cache
def messages() -> Mapping[str, str]:
    """What is said in Chinese for each text."""
    from babel.messages.pofile import read_po  # takes a tenth of a second, which only this language needs

    with MESSAGES.open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file) if each.id}


def _wide(text: str) -> str:
    return "".join(each + _FILLER if east_asian_width(each) in "WF" else each for each in text)


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or _wide(OWN["Usage: "]))

    def write_heading(self, heading: str) -> None:
        super().write_heading(OWN.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(name, _annotated(text)) for name, text in rows], col_max, col_spacing)

    def getvalue(self) -> str:
        return super().getvalue().replace(_FILLER, "")


class _Context(click.Context):
    formatter_class = _Formatter


def _annotated(text: str) -> str:
    text = _wide(OWN[text]) if text in OWN else text
    text = re.sub(r"\bdefault: ", "默认：", text)
    return re.sub(r"\brequired\]", "必需]", text)
