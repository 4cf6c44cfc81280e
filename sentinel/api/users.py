"""Users: for administrators."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from sentinel.accounts.roles import Role
from sentinel.api.parts import UserKeeper, Using
from sentinel.api.session import AccountView, Credentials, account_view

router = APIRouter(prefix="/users", tags=["users"])


class NewUser(Credentials):
    """A person to add."""

    role: Role


class UserChange(BaseModel):
    """What to change about a person; what is left out stays."""

    role: Role | None = None
    active: bool | None = None
    password: str | None = None


@router.get("")
def list_users(caller: UserKeeper, using: Using) -> list[AccountView]:
    """Everybody."""
    return [account_view(account) for account in using.accounts.everyone()]


@router.post("", status_code=201)
def create_user(body: NewUser, caller: UserKeeper, using: Using) -> AccountView:
    """Add a person."""
    return account_view(using.accounts.create(body.name, body.password, body.role, by=caller.account.name))


@router.patch("/{name}")
def change_user(name: str, body: UserChange, caller: UserKeeper, using: Using) -> AccountView:
    """Change a person's role, whether they may log in, or their password."""
    by = caller.account.name
    return account_view(using.accounts.change(name, by=by, role=body.role, active=body.active, password=body.password))


@router.delete("/{name}/second-factor", status_code=204)
def reset_second_factor(name: str, caller: UserKeeper, using: Using) -> Response:
    """Take the second factors of somebody else, who lost theirs; their sessions end."""
    using.accounts.reset_second_factor(name, by=caller.account.name)
    return Response(status_code=204)
