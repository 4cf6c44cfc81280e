"""The forms that attributes of a rule document must have, and the reader that collects what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sentinel.detection.source import Located, Plain
from sentinel.errors import RuleError

Choice = TypeVar("Choice", bound=StrEnum)

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
SERVICE = re.compile(r"[a-z][a-z0-9_]*")
TIMESPAN = re.compile(r"([1-9][0-9]{0,8})([smhd])")
TAG = re.compile(
    r"(?i:fight\.fgt[0-9]{4}(\.[0-9]{3})?|attack\.t[0-9]{4}(\.[0-9]{3})?)"
    r"|(car|cve|d3fend|detection|stp|tlp)\.[a-z0-9]+([._-][a-z0-9]+)*",
    re.ASCII,
)
KEYS = (
    "title", "id", "name", "taxonomy", "related", "status", "description", "license", "author", "references", "date",
    "modified", "logsource", "detection", "correlation", "filter", "fields", "falsepositives", "level", "tags",
    "generate", "sentinel",
)  # fmt: skip
"""What Sigma and we know at the top of a document; others are allowed."""
STATUSES = ("stable", "test", "experimental", "deprecated", "unsupported")
_ALIKE, _MISSING = 0.8, 2  # how much alike two names are, and how many letters one may lack
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def timespan(text: str) -> int | None:
    """Nanoseconds of `90s`, `10m`, `1h`, `2d`."""
    found = TIMESPAN.fullmatch(text)
    return int(found[1]) * _UNITS[found[2]] * 1_000_000_000 if found else None


def slug_problem(slug: str) -> str:
    """What is wrong with a slug, empty where nothing is."""
    if SLUG.fullmatch(slug) and 5 <= len(slug) <= 70:
        return ""
    return f"file name `{slug}` is no slug, expected 5 to 70 lower-case letters, digits and single `-` between them"


class Problems:
    """Mistakes found in one file, so that an author sees all of them at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.errors: list[RuleError] = []

    def add(self, message: str, line: int | None) -> None:
        """Note a mistake."""
        self.errors.append(RuleError(message, self.path, line))

    def mapping(self, node: Located | None, what: str, line: int) -> Mapping[str, Located]:
        """The mapping at `node`, empty (and noted) where it is something else."""
        if node is not None and isinstance(node.value, dict):
            return node.value
        self.add(f"expected a mapping as {what}", node.line if node else line)
        return {}

    def text(self, node: Located, what: str) -> str:
        """The non-empty text at `node`."""
        if isinstance(node.value, str) and node.value.strip():
            return node.value.strip()
        self.add(f"expected a text as {what}", node.line)
        return ""

    def texts(self, node: Located, what: str) -> tuple[str, ...]:
        """The texts at `node`: a list, or one alone."""
        return tuple(self.text(one, what) for one in node.items)

    def plains(self, node: Located, what: str) -> list[Plain]:
        """The values at `node`: a list of scalars, or one alone."""
        found: list[Plain] = []
        for one in node.items:
            if isinstance(one.value, (list, dict)):
                self.add(f"expected a value or a list of values as {what}", one.line)
            else:
                found.append(one.value)
        return found

    def choice(self, node: Located, kind: type[Choice], what: str) -> Choice | None:
        """The member of an enumeration named at `node`."""
        try:
            return kind(str(node.value))
        except ValueError:
            self.add(f"unknown {what} `{node.plain()}`, expected one of {quoted(kind)}", node.line)
            return None

    def choices(self, node: Located, kind: type[Choice], what: str) -> tuple[Choice, ...]:
        """The members named at `node`: a list, or one alone."""
        found = [self.choice(one, kind, what) for one in node.items if self.text(one, what)]
        return tuple(one for one in found if one is not None)

    def uuid(self, node: Located) -> str:
        """The UUID at `node`."""
        try:
            return str(UUID(str(node.value)))
        except ValueError:
            self.add(f"`{node.plain()}` is no UUID", node.line)
            return ""

    def timespan(self, node: Located, what: str) -> int:
        """The nanoseconds at `node`, 0 (and noted) where it is no timespan."""
        found = timespan(str(node.value))
        if found is None:
            self.add(f"`{node.plain()}` is no {what}, expected a number and s, m, h or d, such as `10m`", node.line)
        return found or 0

    def known_keys(self, found: Located, known: Iterable[str], what: str) -> None:
        """Note keys that are not known."""
        wanted = tuple(known)
        for key in found.value if isinstance(found.value, dict) else ():
            if key not in wanted:
                self.add(f"unknown key `{key}` in {what}, expected one of {quoted(wanted)}", found.line_of(key))

    def misspelt_keys(self, found: Located, known: Iterable[str]) -> None:
        """Note keys that are not known and look much like one that is; others are the author's own."""
        wanted = tuple(known)
        for key in found.value if isinstance(found.value, dict) else ():
            meant = [] if key in wanted else get_close_matches(key.lower(), wanted, 1, _ALIKE)
            if meant and abs(len(meant[0]) - len(key)) <= _MISSING:
                self.add(f"`{key}` is not known; did you mean `{meant[0]}`", found.line_of(key))


def quoted(names: Iterable[str]) -> str:
    """The names in backticks."""
    return ", ".join(f"`{name}`" for name in names)
