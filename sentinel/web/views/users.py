"""Users, for administrators: who may log in, as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.accounts.accounts import Account, AccountError
from sentinel.accounts.rank import given_by
from sentinel.accounts.roles import ADMINISTRATORS, Role
from sentinel.errors import ConflictError
from sentinel.web.console import Console
from sentinel.web.gate import Shown, UserKeeper
from sentinel.web.visitor import Visitor

router = APIRouter(prefix="/users")


@dataclass(frozen=True, slots=True)
class UsersPage:
    """The page: everybody, and what went wrong or well."""

    users: Sequence[Account]
    roles: Sequence[Role]  # of those whom the visitor may make and change
    name: str
    error: str
    notice: str
    bare: int  # administrators for whom the password is all


def _page(
    request: Request,
    shown: Console,
    visitor: Visitor,
    *,
    notice: str = "",
    error: str = "",
    name: str = "",
    status: int = 200,
) -> Response:
    users = shown.accounts.everyone()
    bare = sum(user.active and user.role in ADMINISTRATORS and not user.second for user in users)
    return shown.respond(
        request,
        visitor,
        "users.html",
        UsersPage(users, given_by(visitor.known().role), name, error, notice, bare),
        status,
    )


@router.get("")
def show(request: Request, shown: Shown, visitor: UserKeeper, notice: str = "") -> Response:
    """Everybody."""
    return _page(request, shown, visitor, notice=notice)


@router.post("")
def create(
    request: Request,
    shown: Shown,
    visitor: UserKeeper,
    name: Annotated[str, Form()],
    password: Annotated[str, Form()],
    role: Annotated[str, Form()],
) -> Response:
    """Add a person."""
    name = name.strip()
    try:
        shown.accounts.create(name, password, _role(role), by=visitor.name)
    except (AccountError, ConflictError) as error:
        return _page(request, shown, visitor, error=str(error), name=name, status=400)
    return RedirectResponse("/users?notice=created", 303)


@router.post("/{name}")
def change(
    name: str,
    request: Request,
    shown: Shown,
    visitor: UserKeeper,
    action: Annotated[str, Form()],
    role: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Let a person in or shut them out, give them another role or a new password, take a second factor they lost."""
    try:
        if action in {"activate", "deactivate"}:
            shown.accounts.set_active(name, action == "activate", by=visitor.name)
        elif action == "role":
            shown.accounts.set_role(name, _role(role), by=visitor.name)
        elif action == "password":
            shown.accounts.reset_password(name, password, by=visitor.name)
        elif action == "second-factor":
            shown.accounts.reset_second_factor(name, by=visitor.name)
    except (AccountError, ConflictError) as error:
        return _page(request, shown, visitor, error=str(error), status=400)
    return RedirectResponse("/users?notice=changed", 303)


def _role(text: str) -> Role:
    if text not in set(Role):
        raise AccountError("choose a role")
    return Role(text)
