"""Programs that have a token of their own for one resource: it is shown once, and the database keeps its hash."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import select

from sentinel.crypto.token import new_token, token_hash
from sentinel.errors import AuthenticationError, ConfigError, ConflictError
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, ProgramToken

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # a collector's names a folder of the inbox


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A program as it was enrolled."""

    name: str
    active: bool
    created: float


class Enrolment:
    """All programs of one kind, over a control database."""

    table: ClassVar[type[ProgramToken]]
    noun: ClassVar[str]
    added: ClassVar[Action]
    removed: ClassVar[Action]

    def __init__(self, control: ControlDatabase, clock: Callable[[], float] = time.time) -> None:
        self._control = control
        self._clock = clock

    def enrol(self, name: str, *, by: str) -> str:
        """A fresh token for one that is new or was removed, to be shown once."""
        if not _NAME.fullmatch(name):
            raise ConfigError(f"the name of {self.noun} has 1 to 64 letters from A to Z, digits, or the signs _ and -")
        token = new_token()
        with self._control.begin() as session:
            row = session.get(self.table, name)
            if row is not None and row.active:
                raise ConflictError(f"there already is {self.noun} `{name}`; remove it first to give it a new token")
            session.merge(self.table(name=name, token_hash=token_hash(token), active=True, created=self._clock()))
            session.tell(Act(self.added, by, name))
        return token

    def remove(self, name: str, *, by: str) -> None:
        """Take a token away."""
        with self._control.begin() as session:
            row = session.get(self.table, name)
            if row is None or not row.active:
                raise ConfigError(f"there is no {self.noun.partition(' ')[2]} `{name}`")
            row.active = False
            session.tell(Act(self.removed, by, name))

    def authenticate(self, token: str) -> str:
        """The name of the one whose token this is; raises `AuthenticationError`."""
        with self._control.begin() as session:
            row = session.scalar(select(self.table).where(self.table.token_hash == token_hash(token)))
            if row is None or not row.active:
                raise AuthenticationError(f"this is not the token of {self.noun}")
            return row.name

    def everyone(self) -> Sequence[Enrolled]:
        """All that were ever enrolled, by name."""
        with self._control.begin() as session:
            rows = session.scalars(select(self.table).order_by(self.table.name))
            return [Enrolled(row.name, row.active, row.created) for row in rows]
