"""Set-up, logging in and out, and one's own account."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from sentinel.accounts.accounts import Account, Login
from sentinel.accounts.roles import granted
from sentinel.api.parts import Owner, Using, remote
from sentinel.crypto.token import form_token

router = APIRouter(tags=["session"])


class Credentials(BaseModel):
    """A name and a password."""

    name: str
    password: str


class SetUp(Credentials):
    """The one-time set-up token and the first administrator."""

    token: str


class PasswordChange(BaseModel):
    """The current password and the new one."""

    old: str
    new: str


class AccountView(BaseModel):
    """An account: `second` is what proves who it is beside the password; one that is `confined` has to set that up first."""

    name: str
    role: str
    language: str
    theme: str
    active: bool
    created: float
    permissions: list[str]
    second: list[str]
    confined: bool


class SessionView(BaseModel):
    """A fresh session: `token` is for `Authorization: Bearer` and is shown once."""

    token: str
    expires: float
    account: AccountView


class CurrentSession(BaseModel):
    """Who is logged in; `csrf` is what a change by cookie sends as `X-CSRF-Token`."""

    account: AccountView
    csrf: str


def account_view(account: Account) -> AccountView:
    """The view of an account."""
    return AccountView(
        name=account.name,
        role=account.role,
        language=account.language,
        theme=account.theme,
        active=account.active,
        created=account.created,
        permissions=sorted(granted(account.role)),
        second=list(account.second),
        confined=account.confined,
    )


def session_view(login: Login) -> SessionView:
    """The view of a fresh session."""
    return SessionView(token=login.token, expires=login.expires, account=account_view(login.account))


@router.post("/setup", status_code=201)
def set_up(body: SetUp, request: Request, using: Using) -> AccountView:
    """Create the first administrator; the set-up token is consumed."""
    account = using.accounts.create_first_administrator(body.token, body.name, body.password, remote(request))
    return account_view(account)


@router.post("/session", status_code=201)
def log_in(body: Credentials, request: Request, using: Using) -> SessionView:
    """Log in. A second factor is asked for by a problem document with the members `pending` and `methods`."""
    return session_view(using.accounts.login(body.name, body.password, remote(request)))


@router.get("/session")
def current(caller: Owner) -> CurrentSession:
    """Who is logged in."""
    return CurrentSession(account=account_view(caller.account), csrf=form_token(caller.token))


@router.delete("/session", status_code=204)
def log_out(caller: Owner, using: Using) -> Response:
    """Log out."""
    using.accounts.logout(caller.token)
    return Response(status_code=204)


@router.post("/session/password", status_code=204)
def change_password(body: PasswordChange, request: Request, caller: Owner, using: Using) -> Response:
    """Change one's own password; all other sessions end."""
    using.accounts.change_password(caller.account.name, body.old, body.new, caller.token, remote(request))
    return Response(status_code=204)
