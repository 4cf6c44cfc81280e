"""YAML files that people write: read, and a mistake in them told with file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

from sentinel.errors import FileError

Place = Sequence[int | str]
LARGEST = 4 << 20  # characters of a file
DEEPEST = 24  # collections in collections
MOST = 200_000  # nodes, those behind aliases counted wherever they stand
LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


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
    found = nodes(text, path, error)
    if len(found) > 1:
        raise error("one document is expected", path, found[1].start_mark.line + 1)
    root = found[0] if found else None
    try:
        return (yaml.constructor.SafeConstructor().construct_document(root) if root else None), root
    except yaml.YAMLError as trouble:
        raise _no_yaml(trouble, path, error) from trouble
    except ValueError as trouble:  # such as the 31st of February
        raise error(f"not YAML: {trouble}", path) from trouble


def nodes(text: str, path: Path, error: type[FileError]) -> list[yaml.Node]:
    """The documents of a text, as nodes; raises `error`, also for what is small and expands without end."""
    if len(text) > LARGEST:
        raise error(f"the file has {len(text)} characters, expected at most {LARGEST}", path)
    try:
        _shallow(text, path, error)
        found = [node for node in yaml.compose_all(text, Loader=LOADER) if node is not None]
    except yaml.YAMLError as trouble:
        raise _no_yaml(trouble, path, error) from trouble
    for node in found:
        _bounded(node, path, error)
    return found


def _no_yaml(trouble: yaml.YAMLError, path: Path, error: type[FileError]) -> FileError:
    mark = getattr(trouble, "problem_mark", None) or getattr(trouble, "context_mark", None)
    problem = getattr(trouble, "problem", None) or " ".join(str(trouble).split()) or "not readable"
    return error(f"not YAML: {problem}", path, mark.line + 1 if mark else None)


def _shallow(text: str, path: Path, error: type[FileError]) -> None:
    """Before anything is composed: that is recursive, and in libyaml would exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                mark = event.start_mark
                raise error("the document is nested too deeply", path, mark.line + 1 if mark else None)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _bounded(root: yaml.Node, path: Path, error: type[FileError]) -> None:
    """Aliases may share nodes or even contain themselves: these limits end either."""
    waiting, count = [(root, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > DEEPEST or count > MOST:
            line = node.start_mark.line + 1
            raise error("the document is nested too deeply or expands too far", path, line)
        if isinstance(node, yaml.MappingNode):
            waiting += [(inner, depth + 1) for pair in node.value for inner in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(inner, depth + 1) for inner in node.value]


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
