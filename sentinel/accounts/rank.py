"""Who may make and change whom: nobody gives, or takes over, an account that may do more than their own.

A system administrator keeps the accounts of all three administrators, and makes nobody who holds the duties of all: with
that account, or with a new password for it, they would have what roles hold apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from sentinel.accounts.roles import Role
from sentinel.errors import ConflictError
from sentinel.store.control import User


def given_by(role: Role) -> Sequence[Role]:
    """The roles whose people somebody of this role may make and change."""
    return [each for each in Role if role is Role.ADMINISTRATOR or each is not Role.ADMINISTRATOR]


def keep_to(session: Session, by: str, *roles: Role) -> None:
    """Return if `by` may make or change people of these roles, else raise `ConflictError`.

    Who acts on the host has no account, and may all: the database is theirs.
    """
    role = session.scalar(select(User.role).where(User.name == by))
    if role is not None and not {*roles} <= {*given_by(Role(role))}:
        raise ConflictError("an administrator is made and changed by another administrator only")
