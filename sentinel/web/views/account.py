"""One's own account: language, theme, password, second factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.accounts.accounts import AccountError, check_repeated
from sentinel.errors import AuthenticationError, SentinelError
from sentinel.operations.doors import headers_of, wait_of
from sentinel.web.console import Console
from sentinel.web.gate import THEMES, Owner, Shown, remember_language
from sentinel.web.i18n import LANGUAGES
from sentinel.web.views.entry import remote
from sentinel.web.visitor import Visitor

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
    second: tuple[str, ...]
    recovery_codes: int
    confined: bool


def _page(shown: Console, visitor: Visitor, *, error: str = "", notice: str = "") -> AccountPage:
    account = visitor.known()
    return AccountPage(
        account.name, account.role, visitor.translate.language, visitor.theme, error, notice,
        account.second, shown.second.codes.left(account.name), account.confined,
    )  # fmt: skip


def account_form(request: Request, shown: Console, visitor: Visitor, error: SentinelError) -> Response:
    """The account page with what went wrong."""
    page = _page(shown, visitor, error=str(error))
    response = shown.respond(request, visitor, "account.html", page, 429 if wait_of(error) else 400)
    response.headers.update(headers_of(error))
    return response


@router.get("")
def show(request: Request, shown: Shown, visitor: Owner, notice: str = "") -> Response:
    """The account page."""
    return shown.respond(request, visitor, "account.html", _page(shown, visitor, notice=notice))


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
    try:
        check_repeated(new, repeated)
        shown.accounts.change_password(visitor.name, old, new, visitor.token, remote(request))
    except (AccountError, AuthenticationError) as error:
        return account_form(request, shown, visitor, error)
    return RedirectResponse("/account?notice=password", 303)
