"""Enforcement points: who may ask for decisions, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import select

from sentinel.accounts.enrolment import Enrolment
from sentinel.crypto.token import token_hash
from sentinel.errors import AuthenticationError, AuthorizationError
from sentinel.model.audit import Action
from sentinel.store.control import ControlDatabase, PointSettings, PointToken


class Points(Enrolment):
    """All enforcement points; `refresh` reads who may ask, so that no decision waits for the database."""

    table = PointToken
    noun = "an enforcement point"
    added = Action.POINT_ADDED
    removed = Action.POINT_REMOVED

    def __init__(self, control: ControlDatabase, clock: Callable[[], float] = time.time) -> None:
        super().__init__(control, clock)
        self._known: dict[str, tuple[str, str]] = {}  # name and kind

    def refresh(self) -> None:
        """Read who may ask now."""
        with self._control.begin() as session:
            settings = session.scalars(select(PointSettings).where(PointSettings.active))
            kinds = {row.name: row.kind for row in settings}
            rows = session.scalars(select(PointToken).where(PointToken.active))
            self._known = {row.token_hash: (row.name, kinds.get(row.name, "")) for row in rows}

    def admit(self, token: str, kind: str) -> str:
        """The name of the enforcement point whose token this is, as of the last `refresh`.

        Raises `AuthenticationError`, or `AuthorizationError` where it was registered as another kind: each is believed
        only what its kind can know.
        """
        name, registered = self._known.get(token_hash(token), ("", ""))
        if not name:
            raise AuthenticationError(f"this is not the token of {self.noun}")
        if registered != kind:
            raise AuthorizationError(
                f"`{name}` is no enforcement point of kind `{kind}`; `sentinel enforce add` makes one"
            )
        return name
