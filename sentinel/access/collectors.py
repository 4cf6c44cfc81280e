"""Collectors: who may send events, and nothing else. A token is shown once; the database keeps its hash."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from sentinel.crypto.token import new_token, token_hash
from sentinel.errors import AuthenticationError, ConfigError, ConflictError
from sentinel.model.audit import Act, Action
from sentinel.store.control import CollectorToken, ControlDatabase

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # it names a folder of the inbox


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector as it was enrolled."""

    name: str
    active: bool
    created: float


class Collectors:
    """All collectors, over a control database."""

    def __init__(self, control: ControlDatabase, clock: Callable[[], float] = time.time) -> None:
        self._control = control
        self._clock = clock

    def enrol(self, name: str, *, by: str) -> str:
        """A fresh token for a collector that is new or was removed, to be shown once."""
        if not _NAME.fullmatch(name):
            raise ConfigError("a collector's name has 1 to 64 letters from A to Z, digits, or the signs _ and -")
        token = new_token()
        with self._control.begin() as session:
            row = session.get(CollectorToken, name)
            if row is not None and row.active:
                raise ConflictError(f"there already is a collector `{name}`; remove it first to give it a new token")
            session.merge(CollectorToken(name=name, token_hash=token_hash(token), active=True, created=self._clock()))
            session.tell(Act(Action.COLLECTOR_ADDED, by, name))
        return token

    def remove(self, name: str, *, by: str) -> None:
        """Take a collector's token away."""
        with self._control.begin() as session:
            row = session.get(CollectorToken, name)
            if row is None or not row.active:
                raise ConfigError(f"there is no collector `{name}`")
            row.active = False
            session.tell(Act(Action.COLLECTOR_REMOVED, by, name))

    def authenticate(self, token: str) -> str:
        """The name of the collector whose token this is; raises `AuthenticationError`."""
        with self._control.begin() as session:
            row = session.scalar(select(CollectorToken).where(CollectorToken.token_hash == token_hash(token)))
            if row is None or not row.active:
                raise AuthenticationError("this is not the token of a collector")
            return row.name

    def everyone(self) -> Sequence[Collector]:
        """Every collector that was ever enrolled, by name."""
        with self._control.begin() as session:
            rows = session.scalars(select(CollectorToken).order_by(CollectorToken.name))
            return [Collector(row.name, row.active, row.created) for row in rows]
