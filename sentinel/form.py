"""YAML files that people write: read, and a mistake in them told with file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

from sentinel.errors import FileError

Place = Sequence[int | str]


def read(path: Path, error: type[FileError]) -> tuple[object, yaml.Node | None]:
    """What a file holds, and the same as nodes that know their lines; raises `error`."""
    try:
        return parse(path.read_text(encoding="utf-8"), path, error)
    except OSError as trouble:
        raise error(f"cannot be read: {trouble.strerror}", path) from trouble
    except UnicodeDecodeError as trouble:
        raise error("is not UTF-8 text", path) from trouble


def parse(text: str, path: Path, error: type[FileError]) -> tuple[object, yaml.Node | None]:
    """The same of a text that stands, or stood, at `path`."""
    try:
        return yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as trouble:
        mark = getattr(trouble, "problem_mark", None)
        problem = getattr(trouble, "problem", None) or "not readable as YAML"
        raise error(f"not YAML: {problem}", path, mark.line + 1 if mark else None) from trouble
    except RecursionError as trouble:
        raise error("not YAML: nested too deeply", path) from trouble


def mistake(raw: object, root: yaml.Node, found: ValidationError, path: Path, error: type[FileError]) -> FileError:
    """The first mistake in the words of the file."""
    first = found.errors()[0]
    place = []
    for part in first["loc"]:  # the library's own names for the branches of a type follow what the file has
        place.append(str(part))
        raw = raw[part] if isinstance(raw, dict) and part in raw else raw[part] if _has(raw, part) else None  # type: ignore[index]
        if raw is None or isinstance(raw, str | int):
            break
    return error(_said(".".join(place), first["type"], first["msg"]), path, line(root, first["loc"]))


def _said(where: str, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"`{where}` is not known"
    if kind == "missing":
        return f"`{where}` is missing"
    message = message.removeprefix("Value error, ")
    return f"`{where}`: {message[0].lower()}{message[1:]}"


def _has(raw: object, part: object) -> bool:
    return isinstance(raw, list) and isinstance(part, int) and part < len(raw)


def line(node: yaml.Node, place: Place) -> int:
    """The line of the innermost part of `place` that the file has."""
    for part in place:
        if isinstance(node, yaml.MappingNode):
            values = [value for key, value in node.value if key.value == part]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            values = node.value[part : part + 1]
        else:
            break
        if not values:
            break
        node = values[0]
    return int(node.start_mark.line) + 1
