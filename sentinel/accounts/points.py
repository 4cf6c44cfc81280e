"""Enforcement points: who may ask for decisions, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import select

from sentinel.accounts.enrolment import Enrolment
from sentinel.crypto.token import token_hash
from sentinel.errors import AuthenticationError
from sentinel.model.audit import Action
from sentinel.store.control import ControlDatabase, PointToken


class Points(Enrolment):
    """All enforcement points; `refresh` reads who may ask, so that no decision waits for the database."""

    table = PointToken
    noun = "an enforcement point"
    added = Action.POINT_ADDED
    removed = Action.POINT_REMOVED

    def __init__(self, control: ControlDatabase, clock: Callable[[], float] = time.time) -> None:
        super().__init__(control, clock)
        self._names: dict[str, str] = {}

    def refresh(self) -> None:
        """Read who may ask now."""
        with self._control.begin() as session:
            rows = session.scalars(select(PointToken).where(PointToken.active))
            self._names = {row.token_hash: row.name for row in rows}

    def authenticate(self, token: str) -> str:
        """The name of the enforcement point whose token this is, as of the last `refresh`; raises `AuthenticationError`."""
        name = self._names.get(token_hash(token))
        if name is None:
            raise AuthenticationError(f"this is not the token of {self.noun}")
        return name
