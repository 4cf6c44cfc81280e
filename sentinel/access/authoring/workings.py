"""What people are writing: one copy of policy files for each person, which is no version until they propose it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from sentinel.access.authoring.files import CASES, GROUPS, MODEL, RULES
from sentinel.errors import AccessError
from sentinel.form import LARGEST
from sentinel.store.control import ControlDatabase, PolicyWorking

MOST_FILES = 64


@dataclass(frozen=True, slots=True)
class Working:
    """Files that somebody is writing, and the version that they began as (0: none)."""

    author: str
    files: Mapping[str, str]
    base: int
    changed: float


class Workings:
    """All of them, over a control database."""

    def __init__(self, control: ControlDatabase, clock: Callable[[], float] = time.time) -> None:
        self._control = control
        self._clock = clock

    def of(self, author: str) -> Working | None:
        """What this person is writing; none if they are writing nothing."""
        with self._control.begin() as session:
            row = session.get(PolicyWorking, author)
            return Working(author, orjson.loads(row.files), row.base, row.changed) if row else None

    def begin(self, author: str, files: Mapping[str, str], base: int) -> None:
        """Begin with these files, in place of whatever this person was writing."""
        self._put(author, files, base)

    def write(self, author: str, path: str, text: str) -> Working:
        """Write a file, or remove it with an empty text; raises `AccessError` for a path that no policy has."""
        found = self.of(author)
        if found is None:
            raise AccessError("you are writing no policy; begin a draft")
        if not _expected(path) or len(text) > LARGEST:
            raise AccessError(f"`{path[:200]}` is no file of a policy; expected {MODEL}, {GROUPS}, or FOLDER/{RULES}")
        files = {**found.files, path: text.replace("\r\n", "\n")}
        files = {name: each for name, each in files.items() if each.strip()}
        if len(files) > MOST_FILES:
            raise AccessError(f"a policy has at most {MOST_FILES} files")
        return self._put(author, files, found.base)

    def _put(self, author: str, files: Mapping[str, str], base: int) -> Working:
        made = Working(author, dict(sorted(files.items())), base, self._clock())
        with self._control.begin() as session:
            text = orjson.dumps(made.files).decode()
            session.merge(PolicyWorking(author=author, files=text, base=base, changed=made.changed))
        return made

    def end(self, author: str) -> None:
        """Forget what this person was writing."""
        with self._control.begin() as session:
            row = session.get(PolicyWorking, author)
            if row is not None:
                session.delete(row)


def _expected(path: str) -> bool:
    folder, slash, name = path.partition("/")
    if not slash:
        return path in (MODEL, GROUPS)
    return name in (RULES, CASES) and folder.replace("_", "").replace("-", "").isalnum() and len(folder) <= 64
