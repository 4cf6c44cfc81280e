"""Rule files as located trees: every value knows its line, and YAML's surprises are mistakes.

YAML 1.1 reads `00101` as the number 65, `no` as false and `1:30` as 90. In a rule each of these is almost surely meant
as text, so a plain scalar that is not written as it is read must be quoted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from sentinel import form
from sentinel.errors import RuleError

Plain = str | int | float | bool | None

_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Located:
    """A value of a YAML document and the line it stands on."""

    value: Plain | list[Located] | dict[str, Located]
    line: int
    key_lines: dict[str, int] | None = None

    def line_of(self, key: str) -> int:
        """The line of a key of this mapping."""
        return (self.key_lines or {}).get(key, self.line)

    def line_at(self, *keys: str) -> int:
        """The line of the key that these lead to, or of the last of them that is there."""
        node, line = self, self.line
        for key in keys:
            if not isinstance(node.value, dict) or key not in node.value:
                break
            node, line = node.value[key], node.line_of(key)
        return line

    @property
    def items(self) -> list[Located]:
        """The nodes of this list, or this one alone."""
        return self.value if isinstance(self.value, list) else [self]

    def plain(self) -> object:
        """The value without lines."""
        if isinstance(self.value, dict):
            return {key: inner.plain() for key, inner in self.value.items()}
        return [inner.plain() for inner in self.value] if isinstance(self.value, list) else self.value


def documents(path: Path, data: bytes, *, lenient: bool = False) -> Iterator[Located]:
    """The documents of a file; raises `RuleError`. If `lenient`, a scalar is what YAML makes of it."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise RuleError(f"not UTF-8 at octet {error.start}", path) from None
    reader = _Reader(path, lenient=lenient)
    for node in form.nodes(text, path, RuleError):
        yield reader.read(node)


def _constructed(node: yaml.Node, text: str) -> Plain:
    """What YAML 1.1 makes of a scalar, or its text where that is no value of ours."""
    loader = form.LOADER("")
    try:
        value = loader.construct_object(node)
    except (yaml.YAMLError, ValueError):
        return text
    finally:
        loader.dispose()
    return value if value is None or isinstance(value, (str, int, float, bool)) else text


class _Reader:
    def __init__(self, path: Path, *, lenient: bool) -> None:
        self._path = path
        self._lenient = lenient

    def _error(self, message: str, line: int) -> RuleError:
        return RuleError(message, self._path, line)

    def read(self, node: yaml.Node) -> Located:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, line)
        if isinstance(node, yaml.SequenceNode):
            return Located([self.read(inner) for inner in node.value], line)
        return Located(self._scalar(node, line), line)

    def _mapping(self, node: yaml.MappingNode, line: int) -> Located:
        values: dict[str, Located] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key, at = key_node.value, key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise self._error("expected a text as key", at)
            if key in values:
                raise self._error(f"key `{key}` is there twice", at)
            values[key] = self.read(value_node)
            lines[key] = at
        return Located(values, line, lines)

    def _scalar(self, node: yaml.Node, line: int) -> Plain:
        text = str(node.value)
        kind = node.tag.removeprefix(_TAG)
        if kind in ("str", "timestamp"):
            return text
        if kind == "null" and text in ("", "null", "~"):
            return None
        if kind == "bool" and text in ("true", "false"):
            return text == "true"
        if kind in ("int", "float"):
            number = self._number(kind, text)
            if number is not None:
                return number
        if self._lenient:
            return _constructed(node, text)
        raise self._error(f"write `{text}` in quotes: YAML reads it as something else ({kind})", line)

    @staticmethod
    def _number(kind: str, text: str) -> int | float | None:
        """The number, where the text is its usual decimal form."""
        try:
            number = int(text) if kind == "int" else float(text)
        except ValueError:
            return None
        plain = text.lstrip("+-")
        if kind == "int":
            return number if str(abs(int(number))) == plain else None
        whole = plain.partition(".")[0]
        return number if plain[:1].isdigit() and (whole == "0" or not whole.startswith("0")) else None
