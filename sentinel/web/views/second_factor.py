"""One's own second factors: set up an authenticator app or a key, see recovery codes once, do without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.accounts.accounts import AccountError
from sentinel.accounts.codes import Enrolment
from sentinel.accounts.factors import Method
from sentinel.errors import AuthenticationError, ConflictError
from sentinel.web.gate import Owner, Shown
from sentinel.web.views.account import account_form
from sentinel.web.views.entry import remote

router = APIRouter(prefix="/account/second-factor")
_MISTAKES = (AccountError, AuthenticationError, ConflictError)


@dataclass(frozen=True, slots=True)
class FactorPage:
    """A step of setting one up: what is shown for it, and what went wrong with it."""

    error: str = ""
    begun: Enrolment | None = None
    challenge: str = ""
    server: str = ""
    codes: tuple[str, ...] = ()


@router.post("/totp")
def begin_codes(request: Request, shown: Shown, visitor: Owner, password: Annotated[str, Form()]) -> Response:
    """A fresh secret, shown once."""
    try:
        begun = shown.second.codes.begin(visitor.name, password, remote(request))
    except _MISTAKES as error:
        return account_form(request, shown, visitor, error)
    return shown.respond(request, visitor, "totp.html", FactorPage(begun=begun))


@router.post("/totp/confirm")
def confirm_codes(request: Request, shown: Shown, visitor: Owner, code: Annotated[str, Form()]) -> Response:
    """The first code; then the recovery codes, shown once."""
    try:
        codes = shown.second.codes.confirm(visitor.name, code, visitor.token)
    except _MISTAKES as error:
        return shown.respond(request, visitor, "totp.html", FactorPage(error=str(error)), 400)
    return shown.respond(request, visitor, "recovery.html", FactorPage(codes=codes))


@router.post("/recovery")
def renew(request: Request, shown: Shown, visitor: Owner, password: Annotated[str, Form()]) -> Response:
    """Recovery codes in the place of all earlier ones, shown once."""
    try:
        codes = shown.second.codes.renew(visitor.name, password, remote(request))
    except _MISTAKES as error:
        return account_form(request, shown, visitor, error)
    return shown.respond(request, visitor, "recovery.html", FactorPage(codes=codes))


@router.post("/sm2")
def begin_key(
    request: Request, shown: Shown, visitor: Owner, pem: Annotated[str, Form()], password: Annotated[str, Form()]
) -> Response:
    """The challenge that proves a key."""
    try:
        challenge = shown.second.keys.begin(visitor.name, pem, password, remote(request))
    except _MISTAKES as error:
        return account_form(request, shown, visitor, error)
    page = FactorPage(challenge=challenge, server=shown.second.keys.server())
    return shown.respond(request, visitor, "login_key.html", page)


@router.post("/sm2/confirm")
def confirm_key(request: Request, shown: Shown, visitor: Owner, answer: Annotated[str, Form()]) -> Response:
    """Its answer."""
    try:
        shown.second.keys.prove(visitor.name, answer, visitor.token)
    except _MISTAKES as error:
        return account_form(request, shown, visitor, error)
    return RedirectResponse("/account?notice=key", 303)


@router.post("/{method}/remove")
def remove(
    method: Method, request: Request, shown: Shown, visitor: Owner, password: Annotated[str, Form()]
) -> Response:
    """Do without one."""
    try:
        shown.second.remove(visitor.name, method, password, visitor.token, remote(request))
    except _MISTAKES as error:
        return account_form(request, shown, visitor, error)
    return RedirectResponse("/account?notice=removed", 303)
