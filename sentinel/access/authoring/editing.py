"""Changes to policy files that leave everything else in them as people wrote it, comments and all."""

from __future__ import annotations

from pathlib import Path

import yaml

from sentinel import form
from sentinel.errors import PolicyError


def append(text: str, key: str, item: str, path: Path, *, spaced: bool = False) -> str:
    """The text with one more item in the list under a key, after a blank line where it is `spaced`.

    `item` begins with its first key, without a dash.
    """
    root = _root(text, path)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    place = next((at for at, (name, _) in enumerate(pairs) if name.value == key), None)
    if place is None or not isinstance(pairs[place][1], yaml.SequenceNode) or pairs[place][1].flow_style:
        raise PolicyError(f"`{key}` is no list with an item on each line, which one could be added to", path)
    lines = text.rstrip("\n").split("\n")
    end = pairs[place + 1][0].start_mark.line if place + 1 < len(pairs) else len(lines)
    indent = " " * pairs[place][1].start_mark.column
    first, *rest = item.strip("\n").split("\n")
    written = [f"{indent}- {first}", *(f"{indent}  {line}" if line else "" for line in rest)]
    gap = [""] if spaced and lines[end - 1].strip() else []
    return "\n".join([*lines[:end], *gap, *written, *lines[end:]]) + "\n"


def expect(text: str, line: int, expected: str, path: Path) -> str:
    """The text with another expectation in the case that begins on a line."""
    root = _root(text, path)
    node = _case(root, line)
    found = [value for name, value in (node.value if node else ()) if name.value == "expect"]
    if not found:
        raise PolicyError("there is no case here whose expectation could be changed", path, line)
    start, end = found[0].start_mark.index, found[0].end_mark.index
    kept = text[start:end]
    tail = kept[len(kept.rstrip()) :]  # a block ends where the next one begins
    return text[:start] + expected + tail + text[end:]


def _root(text: str, path: Path) -> yaml.Node | None:
    form.parse(text, path, PolicyError)  # bounded, and a mistake told as ever
    root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)  # whose marks count characters
    return root


def _case(root: yaml.Node | None, line: int) -> yaml.MappingNode | None:
    for name, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if name.value == "cases" and isinstance(value, yaml.SequenceNode):
            return next((each for each in value.value if each.start_mark.line + 1 == line), None)
    return None
