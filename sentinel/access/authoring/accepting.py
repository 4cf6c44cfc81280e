"""Taking what the policy decides as what a case expects, where somebody looked at it and says that it is right."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sentinel.access.authoring.cases import run
from sentinel.access.authoring.editing import expect
from sentinel.access.authoring.files import load
from sentinel.errors import PolicyError


def accept(files: Mapping[str, str], zone: str, path: str, line: int) -> dict[str, str]:
    """The files with what is decided now in the case that begins on this line; raises `PolicyError`."""
    outcomes = run(load(files, zone), {path: files.get(path, "")})
    found = next((each for each in outcomes if each.line == line), None)
    if found is None:
        raise PolicyError("there is no case here whose expectation could be changed", path, line)
    rules = f", rules: [{', '.join(found.decision.rules)}]" if found.decision.rules else ""
    verdict = "allow" if found.decision.allowed else "deny"
    return {**files, path: expect(files[path], line, f"{{decision: {verdict}{rules}}}", Path(path))}
