"""One's own account: language, theme, password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.access.accounts import AccountError, check_repeated
from sentinel.errors import AuthenticationError
from sentinel.web.gate import THEMES, Owner, Shown, remember_language
from sentinel.web.i18n import LANGUAGES

router = APIRouter(prefix="/account")


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The page: who one is, what is chosen, what went wrong or well."""

    name: str
    role: str
    language: str
    theme: str
    error: str
    notice: str


@router.get("")
def show(request: Request, shown: Shown, visitor: Owner, notice: str = "") -> Response:
    """The account page."""
    account = visitor.known()
    page = AccountPage(account.name, account.role, visitor.translate.language, visitor.theme, "", notice)
    return shown.respond(request, visitor, "account.html", page)


@router.post("/preferences")
def preferences(
    request: Request,
    shown: Shown,
    visitor: Owner,
    language: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
) -> Response:
    """Change language and theme."""
    kept = language if language in LANGUAGES else ""
    shown.accounts.set_preferences(visitor.name, kept, theme if theme in THEMES else "")
    response = RedirectResponse("/account?notice=saved", 303)
    remember_language(request, response, kept)
    return response


@router.post("/password")
def password(
    request: Request,
    shown: Shown,
    visitor: Owner,
    old: Annotated[str, Form()],
    new: Annotated[str, Form()],
    repeated: Annotated[str, Form()],
) -> Response:
    """Change the password; all other sessions end."""
    account = visitor.known()
    try:
        check_repeated(new, repeated)
        address = request.client.host if request.client else ""
        shown.accounts.change_password(account.name, old, new, visitor.token, address)
    except (AccountError, AuthenticationError) as error:
        page = AccountPage(account.name, account.role, visitor.translate.language, visitor.theme, str(error), "")
        return shown.respond(request, visitor, "account.html", page, 400)
    return RedirectResponse("/account?notice=password", 303)
